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
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.compare.judge.PairJudge.Presented;
import org.align4j.core.compare.judge.ReplyFile.ChatReply;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/** {@code openai:URL#model}: any chat endpoint that speaks as OpenAI's does, asked with a judging prompt. */
public final class ChatJudgeSource implements JudgeSource {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

    @Override
    public String usage() {
        return "openai:URL#model";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        ChatEndpoint.parse(named, options.key(System.getenv()), options);
        prompt(options);
    }

    private static JudgingPrompt prompt(JudgeOptions options) {
        return options.judgePrompt() == null ? JudgingPrompt.OWN : JudgingPrompt.read(options.judgePrompt());
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return open(named, setting.options().key(System.getenv()), setting.options(), PAUSE);
    }

    /**
     * Opens a chat model as a judge.
     *
     * @param key the secret, or null for none
     * @param pause before a request is sent for the second time
     */
    static Judge open(String named, @Nullable ServiceKey key, JudgeOptions options, Duration pause) {
        ChatEndpoint endpoint = ChatEndpoint.parse(named, key, options);
        RetryingClient client =
                new RetryingClient(WebClient.within(endpoint.timeout()), options.judgeAttempts(), pause, LONGEST_PAUSE);
        Path folder = options.judgeCache() == null ? CacheFolder.verdicts() : options.judgeCache();
        return new ChatJudge(
                endpoint,
                prompt(options),
                client,
                options.judgeRequests(),
                ReplyFile.open(folder.resolve(endpoint.fileName())));
    }

    /**
     * Asks a chat endpoint for each choice. A reply is kept on the disk before it counts; a question whose reply is kept is not asked
     * again. A question that fails however often it is sent has no verdict this time, and is asked again by the next comparison; where
     * that happens to several in a row, the comparison ends.
     */
    private static final class ChatJudge implements PairJudge {
        private static final int LONGEST_REPLY = 16 << 20;
        private static final int FAILURES_IN_A_ROW = 5;
        private static final int NONSENSE_ATTEMPTS = 3;
        private static final List<Integer> NO_ENTRY = List.of(401, 403, 404);

        private final ChatEndpoint endpoint;
        private final JudgingPrompt prompt;
        private final RetryingClient client;
        private final int requests;
        private final ReplyFile replies;
        private final AtomicInteger failedInARow = new AtomicInteger();
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger kept = new AtomicInteger();
        private final AtomicInteger repeated = new AtomicInteger();
        private final AtomicLong tokens = new AtomicLong();

        ChatJudge(ChatEndpoint endpoint, JudgingPrompt prompt, RetryingClient client, int requests, ReplyFile replies) {
            this.endpoint = endpoint;
            this.prompt = prompt;
            this.client = client;
            this.requests = requests;
            this.replies = replies;
        }

        @Override
        public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
            List<String> questions = presented.stream().map(prompt::filled).toList();
            Map<String, Choice> choices = new HashMap<>();
            Map<String, List<String>> asked = questions.stream()
                    .collect(Collectors.groupingBy(endpoint::hash, LinkedHashMap::new, Collectors.toList()));
            // Closed before the file of replies is, so that no thread keeps a reply afterwards.
            try (OrderedTasks threads = new OrderedTasks(requests, "judge")) {
                OrderedTasks.Queue<Runnable> replies = threads.queue(1, asked.size(), Runnable::run);
                asked.forEach((key, equal) -> replies.add(() -> {
                    Choice choice = choose(key, equal.get(0));
                    return () -> {
                        choices.put(key, choice);
                        progress.accept(equal.size());
                    };
                }));
                replies.finish();
            }
            return questions.stream()
                    .map(question -> Objects.requireNonNull(choices.get(endpoint.hash(question))))
                    .toList();
        }

        private Choice choose(String key, String question) {
            ChatReply known = replies.find(key);
            if (known != null) {
                kept.incrementAndGet();
                return known.choice();
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
        private Choice granted(String key, RetryingClient.Reply reply) {
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
            return said.choice();
        }

        private Choice refused(RetryingClient.Reply reply) {
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
            return Choice.none(format("the endpoint refuses with status %d", reply.status()), body);
        }

        /** A question that failed; {@code body} is what came instead of a reply. */
        private Choice failed(String problem, String told, String body) {
            if (failedInARow.incrementAndGet() >= FAILURES_IN_A_ROW) {
                throw new RunException(format(
                        "The judge openai:%s failed on %d questions in a row (judge-attempts %d); the last time: %s. Every verdict so far is"
                                + " kept; the same command goes on from there.",
                        endpoint, FAILURES_IN_A_ROW, client.attempts(), told));
            }
            return body.isEmpty() ? Choice.none(problem) : Choice.none(problem, body);
        }

        @Override
        public String cost() {
            return format(
                    "openai:%s: %,d requests, %,d sent again, %,d verdicts from before, %,d tokens.",
                    endpoint, asked.get(), repeated.get(), kept.get(), tokens.get());
        }

        @Override
        public void close() {
            replies.close();
        }
    }
}
