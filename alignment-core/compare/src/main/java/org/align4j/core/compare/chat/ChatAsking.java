package org.align4j.core.compare.chat;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.align4j.core.compare.chat.ChatEndpoint.Purpose;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Asks a chat endpoint questions. A reply is kept on the disk before it counts; a question whose reply is kept is not asked again. A question
 * that fails however often it is sent has no reply this time, and is asked again the next time; where that happens to several in a row, the
 * asking ends.
 */
public final class ChatAsking implements AutoCloseable {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);
    private static final int LONGEST_REPLY = 16 << 20;
    private static final int FAILURES_IN_A_ROW = 5;
    private static final int NONSENSE_ATTEMPTS = 3;
    private static final int LEAVING_SECONDS = 60;
    private static final List<Integer> NO_ENTRY = List.of(401, 403, 404);

    private final ChatEndpoint endpoint;
    private final RetryingClient client;
    private final Manner manner;
    private final ReplyFile replies;
    private final AtomicInteger failedInARow = new AtomicInteger();
    private final AtomicInteger granted = new AtomicInteger();
    private final AtomicInteger refusedAtFirst = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger kept = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();

    /**
     * Opens the asking of an endpoint.
     *
     * @param replies that were paid for; closed with the asking
     */
    ChatAsking(ChatEndpoint endpoint, Manner manner, ReplyFile replies) {
        this.endpoint = endpoint;
        this.manner = manner;
        this.replies = replies;
        this.client = new RetryingClient(
                WebClient.within(endpoint.timeout()).throughStops(),
                manner.attempts(),
                manner.pause(),
                LONGEST_PAUSE,
                pause -> {
                    StopSignal.sleep(pause);
                    count();
                });
    }

    /**
     * How requests are sent.
     *
     * @param atOnce requests under way at a time
     * @param attempts how often a request that fails is sent in all
     * @param pause before a request is sent for the second time
     * @param most requests that are sent in all
     */
    record Manner(int atOnce, int attempts, Duration pause, long most) {}

    /**
     * Opens the asking of an endpoint, with no bound on the number of requests.
     *
     * @param atOnce requests under way at a time
     * @param attempts how often a request that fails is sent in all
     * @param pause before a request is sent for the second time
     * @param file of the replies that were paid for
     */
    public static ChatAsking open(ChatEndpoint endpoint, int atOnce, int attempts, Duration pause, Path file) {
        Manner manner = new Manner(atOnce, attempts, pause, Long.MAX_VALUE);
        return new ChatAsking(endpoint, manner, ReplyFile.open(endpoint.purpose(), file));
    }

    /**
     * A request for a reply.
     *
     * @param key of the reply among those that were paid for; of questions with one key, one is asked
     * @param body of the request
     */
    public record Question(String key, String body) {}

    /** Counts a request before it is sent. */
    private void count() {
        if (sent.incrementAndGet() > manner.most()) {
            throw new RunException(format(
                    "max-requests is %d, and as many were sent; every %s so far is kept. Run the command again to go on, with a larger"
                            + " max-requests where these fail.",
                    manner.most(), endpoint.purpose().reply()));
        }
    }

    /**
     * Asks each question; equal ones once.
     *
     * @param progress receives how many questions more are answered
     * @return what came of each, in order
     */
    public List<Replied> ask(List<Question> questions, IntConsumer progress) {
        Map<String, Replied> replied = new HashMap<>();
        Map<String, List<Question>> different = questions.stream()
                .collect(Collectors.groupingBy(Question::key, LinkedHashMap::new, Collectors.toList()));
        // Closed before the file of replies is, so that no thread keeps a reply afterwards.
        try (OrderedTasks threads =
                new OrderedTasks(manner.atOnce(), endpoint.purpose().asked())) {
            OrderedTasks.Queue<Runnable> queue = threads.queue(1, different.size(), Runnable::run);
            try {
                different.forEach((key, equal) -> queue.add(() -> {
                    Replied came = ask(equal.get(0));
                    return () -> {
                        replied.put(key, came);
                        progress.accept(equal.size());
                    };
                }));
                queue.finish();
            } catch (InputException | RunException | StoppedException e) {
                // What was asked is paid for.
                StopSignal.<Boolean, RuntimeException>keeping(() -> {
                    threads.endRunning(LEAVING_SECONDS);
                    return true;
                });
                throw e;
            }
        }
        return questions.stream()
                .map(question -> Objects.requireNonNull(replied.get(question.key())))
                .toList();
    }

    private Replied ask(Question question) {
        ChatReply known = replies.find(question.key());
        if (known != null) {
            kept.incrementAndGet();
            return new Replied(known, null, null);
        }
        try {
            RetryingClient.Reply reply = send(question);
            for (int again = 1; again < NONSENSE_ATTEMPTS && reply.granted() && said(reply) == null; again++) {
                repeated.incrementAndGet();
                reply = send(question);
            }
            return reply.granted() ? granted(question.key(), reply) : refused(reply);
        } catch (InterruptedIOException e) {
            throw new RunException("The wait for the " + endpoint.purpose().asked() + " was interrupted.", e);
        } catch (IOException e) {
            repeated.addAndGet(client.attempts() - 1);
            boolean late = e instanceof HttpTimeoutException;
            return failed(
                    late ? "the endpoint is late" : "the endpoint can't be reached",
                    Objects.requireNonNullElse(e.getMessage(), e.toString()),
                    "");
        }
    }

    private RetryingClient.Reply send(Question question) throws IOException {
        count();
        asked.incrementAndGet();
        RetryingClient.Reply reply = client.send(endpoint.request(question.body()), LONGEST_REPLY);
        repeated.addAndGet(reply.attempts() - 1);
        return reply;
    }

    /** Reads a reply, without the key where the endpoint repeats it; null where it is no chat completion. */
    private @Nullable ChatReply said(RetryingClient.Reply reply) {
        ChatReply said = ChatReply.of(reply.text());
        return said == null ? null : said.without(endpoint::withoutKey);
    }

    /** Keeps what a granted request paid for, readable or not. */
    private Replied granted(String key, RetryingClient.Reply reply) {
        ChatReply said = said(reply);
        if (said == null) {
            return failed(
                    "the endpoint answers nonsense",
                    "no chat completion but " + endpoint.told(reply.text()),
                    endpoint.withoutKey(reply.text()));
        }
        replies.keep(key, said);
        granted.incrementAndGet();
        failedInARow.set(0);
        tokens.addAndGet(said.promptTokens() + said.replyTokens());
        return new Replied(said, null, null);
    }

    private Replied refused(RetryingClient.Reply reply) {
        String told = format("status %d (%s)", reply.status(), endpoint.told(reply.text()));
        if (NO_ENTRY.contains(reply.status())) {
            throw new InputException(format(
                    "%s is %s, which lets nobody in: %s. Check the address, the model's name and the key that %s names.",
                    endpoint.purpose().option(),
                    endpoint.named(),
                    told,
                    endpoint.purpose().keyOption()));
        }
        String body = endpoint.withoutKey(reply.text());
        if (reply.redirects()) {
            return failed(
                    format("the endpoint redirects with status %d", reply.status()),
                    told + "; redirects aren't followed, so name the address that it leads to",
                    body);
        }
        if (reply.mayPass()) {
            return failed(format("the endpoint fails with status %d", reply.status()), told, body);
        }
        failedInARow.set(0);
        requireSomeGranted(told);
        return new Replied(null, format("the endpoint refuses with status %d", reply.status()), body);
    }

    /** Ends the asking where every request so far was refused for good: it is the way of asking that is refused. */
    private void requireSomeGranted(String told) {
        if (granted.get() == 0 && kept.get() == 0 && refusedAtFirst.incrementAndGet() >= FAILURES_IN_A_ROW) {
            throw new RunException(format(
                    "The %s %s refused each of the first %d requests; the last time: %s. Change what it names, and run again.",
                    endpoint.purpose().asked(), endpoint.named(), FAILURES_IN_A_ROW, told));
        }
    }

    /** A question that failed; {@code body} is what came instead of a reply. */
    private Replied failed(String problem, String told, String body) {
        if (failedInARow.incrementAndGet() >= FAILURES_IN_A_ROW) {
            Purpose purpose = endpoint.purpose();
            throw new RunException(format(
                    "The %s %s failed on %d questions in a row (%s %d); the last time: %s. Every %s so far is kept; the same command goes"
                            + " on from there.",
                    purpose.asked(),
                    endpoint.named(),
                    FAILURES_IN_A_ROW,
                    purpose.attemptsOption(),
                    client.attempts(),
                    told,
                    purpose.reply()));
        }
        return new Replied(null, problem, body.isEmpty() ? null : body);
    }

    /** Says in a sentence what asking cost so far. */
    public String cost() {
        return format(
                "%s: %,d requests, %,d sent again, %,d %ss from before, %,d tokens.",
                endpoint.named(),
                asked.get(),
                repeated.get(),
                kept.get(),
                endpoint.purpose().reply(),
                tokens.get());
    }

    @Override
    public void close() {
        replies.close();
    }

    /**
     * Holds what a chat model answered to a question, or why it did not.
     *
     * @param reply what the model said; null where it said nothing
     * @param problem why there is no reply; null where there is one
     * @param body what came instead; null where nothing did
     */
    public record Replied(
            @Nullable ChatReply reply,
            @Nullable String problem,
            @Nullable String body) {}
}
