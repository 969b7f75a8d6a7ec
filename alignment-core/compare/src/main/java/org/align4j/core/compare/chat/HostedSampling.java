package org.align4j.core.compare.chat;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** How a hosted model draws its answers: a group of options, of which only those that are given are sent. */
public record HostedSampling(
        @Option(help = "Answers to each prompt; more cost more, since each is paid for.", defaultValue = "1")
        int samples,

        @Option(
                help = "Tokens that an answer may have (max_tokens); more cut fewer answers and may cost more.",
                defaultValue = "1024")
        int maxNewTokens,

        @Option(help = "A higher one gives more various answers; 0 is greedy.", unset = "as-served") @Nullable
        Double temperature,

        @Option(
                help =
                        "The likeliest tokens that have this share of the probability together are drawn from; a higher share lets more in.",
                unset = "as-served")
        @Nullable
        Double topP,

        @Option(
                help = "Taken off the logit of each token that was said; a higher one gives more new words.",
                unset = "as-served")
        @Nullable
        Double presencePenalty,

        @Option(
                help = "Texts before which an answer ends, up to four; \\n and \\t are escapes.",
                defaultValue = "",
                escapes = true)
        List<String> stop,

        @Option(
                help =
                        "Sent with the first answer to each prompt, and one more with each further one; not every service follows it.",
                unset = "none")
        @Nullable
        Long seed,

        @Option(
                help = "Ask for the log-probability of each token; false where a service refuses that.",
                defaultValue = "true")
        boolean logProbs,

        @Option(
                help =
                        "How many of the likeliest tokens come with each token, with their log-probabilities; more make longer"
                                + " files, and services give up to 20.",
                defaultValue = "0")
        int topLogProbs) {
    private static final int MOST_SAMPLES = 1000;
    private static final int MOST_TOKENS = 1 << 20;
    private static final int MOST_STOPS = 4;
    private static final int MOST_LIKELIEST = 20;

    /** Checks ranges. */
    public HostedSampling {
        stop = List.copyOf(stop);
        require("samples", samples, 1, MOST_SAMPLES);
        require("max-new-tokens", maxNewTokens, 1, MOST_TOKENS);
        require("temperature", temperature, 0, 2);
        require("top-p", topP, 0, 1);
        require("presence-penalty", presencePenalty, -2, 2);
        require("top-log-probs", topLogProbs, 0, MOST_LIKELIEST);
        if (stop.size() > MOST_STOPS) {
            throw new InputException(format(
                    "stop has %d texts, but services take %d at most; leave some out.", stop.size(), MOST_STOPS));
        }
        if (topLogProbs > 0 && !logProbs) {
            throw new InputException(
                    format("top-log-probs is %d, but log-probs is false; drop one of them.", topLogProbs));
        }
    }

    private static void require(String name, @Nullable Number value, double least, double most) {
        if (value != null && !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw new InputException(format("%s is %s but must be %.0f to %.0f.", name, value, least, most));
        }
    }

    /** Returns the fields of a request for one of the answers to a prompt. */
    Map<String, Object> fields(int sample) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("max_tokens", maxNewTokens);
        put(fields, "temperature", temperature);
        put(fields, "top_p", topP);
        put(fields, "presence_penalty", presencePenalty);
        put(fields, "stop", stop.isEmpty() ? null : stop);
        put(fields, "seed", seed == null ? null : (Long) (seed + sample));
        put(fields, "logprobs", logProbs ? true : null);
        put(fields, "top_logprobs", topLogProbs > 0 ? (Integer) topLogProbs : null);
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
