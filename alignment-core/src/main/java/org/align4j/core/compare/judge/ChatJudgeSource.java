package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import java.nio.file.Path;
import java.time.Duration;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.web.PatientClient;
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
     * Opens an endpoint.
     *
     * @param key the secret, or null for none
     * @param pause before a request is sent for the second time
     */
    static Judge open(String named, @Nullable ServiceKey key, JudgeOptions options, Duration pause) {
        ChatEndpoint endpoint = ChatEndpoint.parse(named, key, options);
        PatientClient client =
                new PatientClient(WebClient.within(endpoint.timeout()), options.judgeAttempts(), pause, LONGEST_PAUSE);
        Path folder = options.judgeCache() == null ? CacheFolder.verdicts() : options.judgeCache();
        return new ChatJudge(
                endpoint,
                prompt(options),
                client,
                options.judgeRequests(),
                ReplyFile.open(folder.resolve(endpoint.fileName())));
    }
}
