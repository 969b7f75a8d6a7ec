package org.align4j.core.compare.judge;

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
import org.align4j.core.compare.judge.ReplyFile.ChatReply;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/**
 * Asks a chat endpoint questions. A reply is kept on the disk before it counts; a question whose reply is kept is not asked again. A question
 * that fails however often it is sent has no reply this time, and is asked again the next time; where that happens to several in a row, the
 * asking ends.
 */
final class ChatAsking implements AutoCloseable {
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);
    private static final int LONGEST_REPLY = 16 << 20;
    private static final int FAILURES_IN_A_ROW = 5;
    private static final int NONSENSE_ATTEMPTS = 3;
    private static final List<Integer> NO_ENTRY = List.of(401, 403, 404);

    private final ChatEndpoint endpoint;
    private final RetryingClient client;
    private final int requests;
    private final ReplyFile replies;
    private final AtomicInteger failedInARow = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger kept = new AtomicInteger();
    private final AtomicInteger repeated = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();

    ChatAsking(ChatEndpoint endpoint, RetryingClient client, int requests, ReplyFile replies) {
        this.endpoint = endpoint;
        this.client = client;
        this.requests = requests;
        this.replies = replies;
    }

    /**
     * Opens the asking of an endpoint.
     *
     * @param pause before a request is sent for the second time
     * @param folder of the replies that were paid for
     */
    static ChatAsking open(ChatEndpoint endpoint, JudgeOptions options, Duration pause, Path folder) {
        RetryingClient client =
                new RetryingClient(WebClient.within(endpoint.timeout()), options.judgeAttempts(), pause, LONGEST_PAUSE);
        return new ChatAsking(
                endpoint, client, options.judgeRequests(), ReplyFile.open(folder.resolve(endpoint.fileName())));
    }

    /**
     * Asks each question; equal ones once.
     *
     * @param progress receives how many questions more are answered
     * @return what came of each, in order
     */
    List<Replied> ask(List<String> questions, IntConsumer progress) {
        Map<String, Replied> replied = new HashMap<>();
        Map<String, List<String>> different = questions.stream()
                .collect(Collectors.groupingBy(endpoint::hash, LinkedHashMap::new, Collectors.toList()));
        // Closed before the file of replies is, so that no thread keeps a reply afterwards.
        try (OrderedTasks threads = new OrderedTasks(requests, "judge")) {
            OrderedTasks.Queue<Runnable> queue = threads.queue(1, different.size(), Runnable::run);
            try {
                different.forEach((key, equal) -> queue.add(() -> {
                    Replied came = ask(key, equal.get(0));
                    return () -> {
                        replied.put(key, came);
                        progress.accept(equal.size());
                    };
                }));
                queue.finish();
            } catch (InputException | RunException e) {
                threads.endRunning(); // what was asked is paid for
                throw e;
            }
        }
        return questions.stream()
                .map(question -> Objects.requireNonNull(replied.get(endpoint.hash(question))))
                .toList();
    }

    private Replied ask(String key, String question) {
        ChatReply known = replies.find(key);
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
            return reply.granted() ? granted(key, reply) : refused(reply);
        } catch (InterruptedIOException e) {
            throw new RunException("The wait for the judge was interrupted.", e);
        } catch (IOException e) {
            repeated.addAndGet(client.attempts() - 1);
            boolean late = e instanceof HttpTimeoutException;
            return failed(
                    late ? "the endpoint is late" : "the endpoint can't be reached",
                    Objects.requireNonNullElse(e.getMessage(), e.toString()),
                    "");
        }
    }

    private RetryingClient.Reply send(String question) throws IOException {
        asked.incrementAndGet();
        RetryingClient.Reply reply = client.send(endpoint.request(question), LONGEST_REPLY);
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
        failedInARow.set(0);
        tokens.addAndGet(said.promptTokens() + said.replyTokens());
        return new Replied(said, null, null);
    }

    private Replied refused(RetryingClient.Reply reply) {
        String told = format("status %d (%s)", reply.status(), endpoint.told(reply.text()));
        if (NO_ENTRY.contains(reply.status())) {
            throw new InputException(format(
                    "judge is openai:%s, which lets nobody in: %s. Check the address, the model's name and the key that"
                            + " judge-key names.",
                    endpoint, told));
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
        return new Replied(null, format("the endpoint refuses with status %d", reply.status()), body);
    }

    /** A question that failed; {@code body} is what came instead of a reply. */
    private Replied failed(String problem, String told, String body) {
        if (failedInARow.incrementAndGet() >= FAILURES_IN_A_ROW) {
            throw new RunException(format(
                    "The judge openai:%s failed on %d questions in a row (judge-attempts %d); the last time: %s. Every verdict so far is"
                            + " kept; the same command goes on from there.",
                    endpoint, FAILURES_IN_A_ROW, client.attempts(), told));
        }
        return new Replied(null, problem, body.isEmpty() ? null : body);
    }

    /** Says in a sentence what asking cost so far. */
    String cost() {
        return format(
                "openai:%s: %,d requests, %,d sent again, %,d verdicts from before, %,d tokens.",
                endpoint, asked.get(), repeated.get(), kept.get(), tokens.get());
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
    record Replied(
            @Nullable ChatReply reply,
            @Nullable String problem,
            @Nullable String body) {}
}
