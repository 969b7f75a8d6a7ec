package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.Sampling;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What a request for a chat or a completion asks of each answer, with types and ranges checked.
 *
 * @param model the name that the client used
 * @param n answers to a prompt
 * @param maxTokens null for as many as there is room for
 * @param sampling how tokens are chosen
 * @param seed null for a new one
 * @param stop texts that end an answer
 * @param alternatives likeliest tokens told with each; {@link AskedScores#NONE}: no log-probabilities either
 * @param stream whether the answer comes as events
 * @param usage whether a stream ends with the counts of tokens
 */
record AnswerAsk(
        String model,
        int n,
        @Nullable Integer maxTokens,
        Sampling sampling,
        @Nullable Long seed,
        List<String> stop,
        int alternatives,
        boolean stream,
        boolean usage) {
    /** Answers that one request may ask for. */
    static final int MOST_ANSWERS = 128;

    private static final int MOST_STOPS = 4;
    private static final int MOST_LOGPROBS = 5;
    private static final int USUAL_COMPLETION = 16;

    /** Reads a chat's request. */
    static AnswerAsk chat(JsonNode request) {
        Fields fields = new Fields(request);
        Integer older = fields.whole("max_tokens", 1, Integer.MAX_VALUE);
        Integer newer = fields.whole("max_completion_tokens", 1, Integer.MAX_VALUE);
        if (older != null && newer != null) {
            throw wrong(
                    "max_tokens",
                    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported; drop max_tokens.");
        }
        boolean told = fields.truth("logprobs");
        Integer top = fields.whole("top_logprobs", 0, AnswerQueue.MOST_ALTERNATIVES);
        if (top != null && !told) {
            throw wrong("top_logprobs", "top_logprobs is given but logprobs isn't true, which it needs; set logprobs.");
        }
        int alternatives = !told ? AskedScores.NONE : top == null ? 0 : top;
        return of(fields, newer == null ? older : newer, alternatives);
    }

    /** Reads a completion's request. */
    static AnswerAsk completion(JsonNode request) {
        Fields fields = new Fields(request);
        Integer most = fields.whole("max_tokens", 1, Integer.MAX_VALUE);
        Integer told = fields.whole("logprobs", 0, MOST_LOGPROBS);
        return of(fields, most == null ? USUAL_COMPLETION : most, told == null ? AskedScores.NONE : told);
    }

    private static AnswerAsk of(Fields fields, @Nullable Integer maxTokens, int alternatives) {
        Integer n = fields.whole("n", 1, MOST_ANSWERS);
        boolean stream = fields.truth("stream");
        return new AnswerAsk(
                fields.name("model"),
                n == null ? 1 : n,
                maxTokens,
                sampling(fields),
                fields.wide("seed"),
                stop(fields.value("stop")),
                alternatives,
                stream,
                usage(fields.value("stream_options"), stream));
    }

    private static Sampling sampling(Fields fields) {
        double temperature = fields.number("temperature", 2);
        double topP = fields.number("top_p", 1);
        if (temperature == 0) {
            return Sampling.GREEDY;
        }
        return topP == 0 ? new Sampling(temperature, 1, 1) : new Sampling(temperature, 0, topP);
    }

    private static List<String> stop(@Nullable JsonNode stop) {
        if (stop == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode each : stop.isTextual() ? List.of(stop) : stop) {
            if (!each.isTextual() || each.textValue().isEmpty()) {
                throw wrong(
                        "stop", "stop holds " + each + " but must be a text, or a list of texts, none of them empty.");
            }
            texts.add(each.textValue());
        }
        if (texts.size() > MOST_STOPS || !(stop.isTextual() || stop.isArray())) {
            throw wrong("stop", "stop must be a text, or a list of at most " + MOST_STOPS + " texts.");
        }
        return texts;
    }

    private static boolean usage(@Nullable JsonNode options, boolean stream) {
        if (options == null) {
            return false;
        }
        if (!stream || !options.isObject()) {
            throw wrong(
                    "stream_options",
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled, and is an object.");
        }
        options.properties().forEach(entry -> {
            if (!Set.of("include_usage", "include_obfuscation").contains(entry.getKey())) {
                throw wrong(
                        "stream_options." + entry.getKey(),
                        "Unrecognized request argument supplied: stream_options." + entry.getKey());
            }
        });
        if (new Fields(options).truth("include_obfuscation")) {
            throw wrong(
                    "stream_options.include_obfuscation",
                    "stream_options.include_obfuscation is true, but nothing is added to streams here; leave it out.");
        }
        return new Fields(options).truth("include_usage");
    }

    static Refusal wrong(String field, String message) {
        return new Refusal(400, message).about(field, "invalid_value");
    }

    /** The fields of a request; null is as good as left out. */
    record Fields(JsonNode request) {
        @Nullable
        JsonNode value(String name) {
            JsonNode value = request.get(name);
            return value == null || value.isNull() ? null : value;
        }

        String name(String name) {
            JsonNode value = value(name);
            if (value == null) {
                throw new Refusal(400, "Missing required parameter: '" + name + "'.")
                        .about(name, "missing_required_parameter");
            }
            if (!value.isTextual()) {
                throw type(name, "a string");
            }
            return value.textValue();
        }

        boolean truth(String name) {
            JsonNode value = value(name);
            if (value != null && !value.isBoolean()) {
                throw type(name, "a boolean");
            }
            return value != null && value.booleanValue();
        }

        @Nullable
        Integer whole(String name, int least, int most) {
            JsonNode value = value(name);
            if (value == null) {
                return null;
            }
            if (!value.isIntegralNumber()) {
                throw type(name, "an integer");
            }
            if (!value.canConvertToInt() || value.intValue() < least || value.intValue() > most) {
                throw wrong(
                        name,
                        "Invalid '" + name + "': " + value + " is given, but it must be from " + least + " to " + most
                                + ".");
            }
            return value.intValue();
        }

        @Nullable
        Long wide(String name) {
            JsonNode value = value(name);
            if (value != null && !(value.isIntegralNumber() && value.canConvertToLong())) {
                throw type(name, "an integer of 64 bits");
            }
            return value == null ? null : Long.valueOf(value.longValue());
        }

        /** A number from 0 to {@code most}; 1 where it is left out. */
        double number(String name, double most) {
            JsonNode value = value(name);
            if (value == null) {
                return 1;
            }
            if (!value.isNumber()) {
                throw type(name, "a number");
            }
            if (!(value.doubleValue() >= 0 && value.doubleValue() <= most)) {
                throw wrong(
                        name,
                        "Invalid '" + name + "': " + value + " is given, but it must be from 0 to " + (int) most + ".");
            }
            return value.doubleValue();
        }

        static Refusal type(String name, String wanted) {
            return new Refusal(400, "Invalid type for '" + name + "': expected " + wanted + ".")
                    .about(name, "invalid_type");
        }
    }
}
