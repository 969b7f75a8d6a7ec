package org.align4j.core.compare.judge;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.judge.ChatAsking.Replied;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.compare.judge.PairJudge.Presented;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.web.ServiceKey;
import org.jspecify.annotations.Nullable;

/** {@code openai:URL#model}: any chat endpoint that speaks as OpenAI's does, asked with a judging prompt. */
public final class ChatJudgeSource implements JudgeSource {
    private static final Duration PAUSE = Duration.ofSeconds(1);

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
        Path folder = options.judgeCache() == null ? CacheFolder.verdicts() : options.judgeCache();
        return new ChatJudge(ChatAsking.open(endpoint, options, pause, folder), prompt(options));
    }

    /**
     * Asks a chat endpoint for each choice.
     *
     * @param asking pays for replies
     */
    private record ChatJudge(ChatAsking asking, JudgingPrompt prompt) implements PairJudge {
        @Override
        public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
            return asking.ask(presented.stream().map(prompt::filled).toList(), progress).stream()
                    .map(ChatJudge::choice)
                    .toList();
        }

        private static Choice choice(Replied replied) {
            return replied.reply() == null
                    ? new Choice(null, replied.problem(), replied.body())
                    : replied.reply().choice();
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
