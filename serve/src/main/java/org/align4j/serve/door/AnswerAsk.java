package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.Sampling;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What a request for a chat or a completion asks of each answer, with types and ranges checked.
 *
 * @param model the name that the client used
 * @param drawing how many answers are drawn, how, and where each ends
 * @param alternatives likeliest tokens returned with each; {@link AskedScores#NONE}: no log-probabilities either
 * @param form in which form answers come
 */
public record AnswerAsk(String model, Drawing drawing, int alternatives, Form form) {
    /**
     * How many answers are drawn, how, and where each ends.
     *
     * @param n answers to a prompt
     * @param maxTokens null for as many as there is room for; 0: the prompt is read alone
     * @param sampling how tokens are chosen
     * @param seed null for a new one
     * @param stop texts that end an answer
     */
    public record Drawing(
            int n,
            @Nullable Integer maxTokens,
            Sampling sampling,
            @Nullable Long seed,
            List<String> stop) {}

    /**
     * In which form answers come.
     *
     * @param echo whether a completion's prompt stands before its answer, and is scored as the answer is
     * @param stream whether the answer comes as events
     * @param usage whether a stream ends with the counts of tokens
     */
    public record Form(boolean echo, boolean stream, boolean usage) {}

    /** Answers that one request may ask for. */
    static final int MOST_ANSWERS = 128;

    private static final int MOST_NAME = 1000;
    private static final int MOST_STOPS = 4;
    private static final int MOST_LOGPROBS = 5;
    private static final int USUAL_COMPLETION = 16;
    private static final double MOST_PENALTY = 2;
    private static final double MOST_BIAS = 100;
    private static final int MOST_BIASES = 300;
    private static final int LONGEST_STOP = 1000;
    private static final Pattern TOKEN_ID = Pattern.compile("\\d{1,9}");
    /** Reads a chat's request. */
    static AnswerAsk chat(JsonNode request) {
        Asked fields = Asked.request(request);
        Integer older = whole(fields, "max_tokens", 1, Integer.MAX_VALUE);
        Integer newer = whole(fields, "max_completion_tokens", 1, Integer.MAX_VALUE);
        if (older != null && newer != null) {
            throw wrong(
                    "max_tokens",
                    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported; drop"
                            + " max_tokens.");
        }
        boolean told = truth(fields, "logprobs");
        Integer top = whole(fields, "top_logprobs", 0, AnswerQueue.MOST_ALTERNATIVES);
        if (top != null && !told) {
            throw wrong("top_logprobs", "top_logprobs is given but logprobs isn't true, which it needs; set logprobs.");
        }
        int alternatives = !told ? AskedScores.NONE : top == null ? 0 : top;
        return of(fields, newer == null ? older : newer, alternatives, false);
    }

    /** Reads a completion's request. */
    static AnswerAsk completion(JsonNode request) {
        Asked fields = Asked.request(request);
        Integer most = whole(fields, "max_tokens", 0, Integer.MAX_VALUE);
        Integer told = whole(fields, "logprobs", 0, MOST_LOGPROBS);
        boolean echo = truth(fields, "echo");
        if (most != null && most == 0 && !echo) {
            throw wrong(
                    "max_tokens",
                    "max_tokens is 0 but echo isn't true, so that nothing would come back; set echo, or max_tokens to"
                            + " 1 or more.");
        }
        return of(fields, most == null ? USUAL_COMPLETION : most, told == null ? AskedScores.NONE : told, echo);
    }

    /** Returns whether no answer is made: the prompt is read alone. */
    boolean readsAlone() {
        return drawing.maxTokens() != null && drawing.maxTokens() == 0;
    }

    /** Returns what is asked about how likely tokens are. */
    AskedScores scores() {
        return new AskedScores(alternatives, form.echo() ? alternatives : AskedScores.NONE, new int[0][]);
    }

    private static AnswerAsk of(Asked fields, @Nullable Integer maxTokens, int alternatives, boolean echo) {
        Integer n = whole(fields, "n", 1, MOST_ANSWERS);
        boolean stream = truth(fields, "stream");
        return new AnswerAsk(
                fields.requiredText("model", MOST_NAME),
                new Drawing(
                        n == null ? 1 : n,
                        maxTokens,
                        sampling(fields),
                        fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                        stop(fields.value("stop"))),
                alternatives,
                new Form(echo, stream, usage(fields, stream)));
    }

    private static Sampling sampling(Asked fields) {
        double temperature = number(fields, "temperature", 2);
        if (temperature != 0 && temperature < Sampling.LEAST_TEMPERATURE) {
            throw wrong(
                    "temperature",
                    "temperature is " + temperature + ", but must be 0, which takes the likeliest token, or at least "
                            + Sampling.LEAST_TEMPERATURE + ".");
        }
        double topP = number(fields, "top_p", 1);
        Double presence = fields.decimal("presence_penalty", -MOST_PENALTY, MOST_PENALTY);
        Double frequency = fields.decimal("frequency_penalty", -MOST_PENALTY, MOST_PENALTY);
        boolean likeliest = temperature == 0 || topP == 0;
        return new Sampling(
                temperature,
                likeliest && temperature != 0 ? 1 : 0,
                likeliest ? 1 : topP,
                0,
                1,
                presence == null ? 0 : presence,
                frequency == null ? 0 : frequency,
                bias(fields.object("logit_bias")),
                List.of());
    }

    /** Refuses a bias of a token that the model doesn't have, so many as it has. */
    void requireTokens(int vocabulary) {
        for (String id : drawing.sampling().logitBias().keySet()) {
            if (Integer.parseInt(id) >= vocabulary) {
                throw wrong(
                        "logit_bias",
                        "logit_bias names token " + id + ", but the model has " + vocabulary + " tokens.");
            }
        }
    }

    private static Map<String, Double> bias(@Nullable Asked given) {
        Map<String, Double> bias = new LinkedHashMap<>();
        if (given != null && given.node().size() > MOST_BIASES) {
            throw wrong(
                    "logit_bias",
                    "logit_bias names " + given.node().size() + " tokens, but may name " + MOST_BIASES + ".");
        }
        if (given != null) {
            given.node().fieldNames().forEachRemaining(id -> {
                if (!TOKEN_ID.matcher(id).matches()) {
                    throw wrong(
                            "logit_bias",
                            "logit_bias names " + id + " but its keys must be token ids, such as \"284\".");
                }
                Double value = given.decimal(id, -MOST_BIAS, MOST_BIAS);
                bias.put(id, value == null ? 0 : value);
            });
        }
        return bias;
    }

    private static List<String> stop(@Nullable JsonNode stop) {
        if (stop == null) {
            return List.of();
        }
        if (stop.size() > MOST_STOPS || !(stop.isTextual() || stop.isArray())) {
            throw wrong("stop", "stop must be a text, or a list of at most " + MOST_STOPS + " texts.");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode each : stop.isTextual() ? List.of(stop) : stop) {
            if (!each.isTextual()
                    || each.textValue().isEmpty()
                    || each.textValue().length() > LONGEST_STOP) {
                throw wrong(
                        "stop",
                        "stop holds " + Shortened.of(each.toString())
                                + " but must be a text, or a list of texts, each of 1 to " + LONGEST_STOP
                                + " characters.");
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    private static boolean usage(Asked fields, boolean stream) {
        Asked options = fields.object("stream_options");
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw wrong("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
        }
        options.requireKnown(List.of("include_usage", "include_obfuscation"));
        if (truth(options, "include_obfuscation")) {
            throw wrong(
                    "stream_options.include_obfuscation",
                    "stream_options.include_obfuscation is true, but nothing is added to streams here; leave it out.");
        }
        return truth(options, "include_usage");
    }

    public static Refusal wrong(String field, String message) {
        return new Refusal(400, message).about(field, "invalid_value");
    }

    private static @Nullable Integer whole(Asked request, String field, int least, int most) {
        Long value = request.whole(field, least, most);
        return value == null ? null : (Integer) Math.toIntExact(value);
    }

    public static boolean truth(Asked request, String field) {
        return Boolean.TRUE.equals(request.truth(field));
    }

    /** Returns a number from 0 to {@code most}; 1 where it is left out. */
    private static double number(Asked request, String field, double most) {
        Double value = request.decimal(field, 0, most);
        return value == null ? 1 : value;
    }
}
