package org.align4j.core.compare.judge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.compare.chat.ChatAsking;
import org.align4j.core.compare.chat.ChatAsking.Question;
import org.align4j.core.compare.chat.ChatAsking.Replied;
import org.align4j.core.compare.chat.ChatEndpoint;
import org.align4j.core.compare.chat.ChatEndpoint.Purpose;
import org.align4j.core.compare.chat.ChatReply;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.compare.judge.PairJudge.Presented;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** {@code openai:URL#model}: any chat endpoint that speaks as OpenAI's does, asked with a judging prompt. */
public final class ChatJudgeSource implements JudgeSource {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Purpose PURPOSE = new Purpose(
            "judge",
            "openai:",
            "judge-key",
            "judge-attempts",
            "judge",
            "verdict",
            "name another folder with judge-cache");

    @Override
    public String usage() {
        return "openai:URL#model";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        endpoint(named, options.key(System.getenv()), options);
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
        ChatEndpoint endpoint = endpoint(named, key, options);
        Path folder = options.judgeCache() == null ? CacheFolder.verdicts() : options.judgeCache();
        return new ChatJudge(
                endpoint,
                asking(endpoint, options, pause, folder),
                options.requests().judgeTokens(),
                prompt(options));
    }

    /** Reads the endpoint that a judge, or a reward, names. */
    static ChatEndpoint endpoint(String named, @Nullable ServiceKey key, JudgeOptions options) {
        return ChatEndpoint.parse(
                PURPOSE, named, key, Duration.ofSeconds(options.requests().judgeTimeout()));
    }

    /**
     * Opens the asking of an endpoint.
     *
     * @param pause before a request is sent for the second time
     * @param folder of the replies that were paid for
     */
    static ChatAsking asking(ChatEndpoint endpoint, JudgeOptions options, Duration pause, Path folder) {
        Path file = folder.resolve(endpoint.fileName());
        return ChatAsking.open(
                endpoint, options.requests().judgeRequests(), options.requests().judgeAttempts(), pause, file);
    }

    /** Makes the request that asks a question, greedily. */
    static Question question(ChatEndpoint endpoint, String text, int tokens) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", endpoint.model());
        body.put("messages", List.of(Map.of("role", "user", "content", text)));
        body.put("temperature", 0);
        body.put("max_tokens", tokens);
        return new Question(endpoint.hash(Integer.toString(tokens), text), RowLine.text(body));
    }

    /**
     * Asks a chat endpoint for each choice.
     *
     * @param asking pays for replies
     * @param tokens that a reply may have
     */
    private record ChatJudge(ChatEndpoint endpoint, ChatAsking asking, int tokens, JudgingPrompt prompt)
            implements PairJudge {
        @Override
        public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
            List<Question> questions = presented.stream()
                    .map(each -> question(endpoint, prompt.filled(each), tokens))
                    .toList();
            return asking.ask(questions, progress).stream()
                    .map(ChatJudge::choice)
                    .toList();
        }

        private static Choice choice(Replied replied) {
            return replied.reply() == null
                    ? new Choice(null, replied.problem(), replied.body())
                    : choice(replied.reply());
        }

        /** Reads the verdict; a refusal, a cut reply and an unreadable one are distinguished. */
        private static Choice choice(ChatReply reply) {
            return switch (reply.end()) {
                case "refusal", "content_filter" -> Choice.none("refusal", reply.text());
                case "length" -> Choice.none("cut reply", reply.text());
                default -> JudgingPrompt.read(reply.text());
            };
        }

        @Override
        public String cost() {
            return asking.cost();
        }

        @Override
        public void close() {
            asking.close();
        }
    }
}
