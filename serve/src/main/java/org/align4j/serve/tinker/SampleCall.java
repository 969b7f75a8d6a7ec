package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AskedScores;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.serve.door.Asked;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks with {@code asample}.
 *
 * @param sampler id of what answers
 * @param number of the call among the sampler's
 * @param samples answers
 * @param prompt {@code [P]} token ids
 * @param choice how tokens are chosen and what ends an answer
 * @param scores what is asked about how likely tokens are
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
record SampleCall(String sampler, long number, int samples, int[] prompt, Choice choice, Scores scores) {
    private static final int MOST_SAMPLES = 128;
    private static final int MOST_STOPS = 16;
    private static final int LONGEST_STOP = 200;
    private static final List<String> FIELDS = List.of(
            "sampling_session_id",
            "seq_id",
            "num_samples",
            "prompt",
            "sampling_params",
            "prompt_logprobs",
            "topk_prompt_logprobs",
            "topk_sample_logprobs",
            "target_prompt_logprobs",
            "prompt_alt_tokens_k",
            "prompt_logprobs_last_n",
            "record_stability_info",
            "base_model",
            "model_path",
            "type");

    /**
     * How tokens are chosen and what ends an answer.
     *
     * @param most tokens of an answer; null for as many as the model reads
     * @param seed of the first answer; others have seeds that follow from it
     * @param texts that end it
     * @param ids that end it
     * @param endless whether the model's own end doesn't end it
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Choice(@Nullable Long most, Sampling sampling, long seed, List<String> texts, int[] ids, boolean endless) {
        /** Returns the settings of an answer that has room for some tokens. */
        GenerationSettings settings(int sample, int room) {
            int tokens = most == null ? room : (int) Math.min(most, room);
            long own = sample == 0 ? seed : new SplittableRandom(seed + sample).nextLong();
            return new GenerationSettings(tokens, sampling, 1, own, texts, endless);
        }
    }

    /**
     * What is asked about how likely tokens are.
     *
     * @param prompt whether those of the prompt are asked for
     * @param last of the prompt's tokens that are, at its end
     * @param likeliest with each token of the prompt
     * @param ofSamples likeliest with each token of an answer
     * @param targets tokens whose log-probabilities at the prompt's places are asked for; null for none
     */
    record Scores(
            boolean prompt,
            int last,
            int likeliest,
            int ofSamples,
            @Nullable TargetCells targets) {
        /** Returns what the queue is asked for beside an answer's scores; the prompt's with the first answer alone. */
        AskedScores asked(int sample) {
            boolean reads = sample == 0 && (prompt || likeliest > 0);
            int[][] following = sample == 0 && targets != null ? targets.following() : new int[0][];
            return new AskedScores(ofSamples, reads ? likeliest : AskedScores.NONE, following);
        }
    }

    /**
     * Reads a body.
     *
     * @throws Refusal 400 where a field can't be, or asks for what isn't here
     */
    static SampleCall read(JsonNode body) {
        Asked asked = Asked.request(body).requireKnown(FIELDS);
        for (String other : List.of("base_model", "model_path")) {
            if (asked.has(other)) {
                throw unsupported(
                        other,
                        "is given, but what answers is named by sampling_session_id here; create a sampling session.");
            }
        }
        if (Boolean.TRUE.equals(asked.truth("record_stability_info"))) {
            throw unsupported(
                    "record_stability_info",
                    "is true, but stable_reinforce, which reads it, isn't here; leave it out and train with importance_sampling.");
        }
        Long alternatives = asked.whole("prompt_alt_tokens_k", 0, Integer.MAX_VALUE);
        if (alternatives != null && alternatives > 0) {
            throw unsupported(
                    "prompt_alt_tokens_k",
                    "is " + alternatives
                            + ", but tokens aren't drawn at the prompt's places here; take topk_prompt_logprobs.");
        }
        Long number = asked.whole("seq_id", 0, Long.MAX_VALUE);
        if (number == null) {
            throw asked.missing("seq_id");
        }
        int[] prompt = prompt(asked);
        Long samples = asked.whole("num_samples", 1, MOST_SAMPLES);
        return new SampleCall(
                asked.requiredText("sampling_session_id", 200),
                number,
                samples == null ? 1 : samples.intValue(),
                prompt,
                choice(asked),
                scores(asked, prompt.length));
    }

    private static Refusal unsupported(String field, String why) {
        return Asked.refusal(field + " " + why, field, "unsupported_parameter");
    }

    private static int[] prompt(Asked asked) {
        Asked prompt = asked.object("prompt");
        if (prompt == null) {
            throw asked.missing("prompt");
        }
        JsonNode chunks = prompt.requireKnown(List.of("chunks")).node().path("chunks");
        int[] ids = new int[0];
        for (JsonNode chunk : chunks) {
            if (!"encoded_text".equals(chunk.path("type").asText("encoded_text"))) {
                throw unsupported(
                        "prompt.chunks", "holds an image or audio, but models here read text only: encoded_text.");
            }
            int[] own = ids("prompt.chunks.tokens", chunk.path("tokens"));
            int from = ids.length;
            ids = Arrays.copyOf(ids, from + own.length);
            System.arraycopy(own, 0, ids, from, own.length);
        }
        if (ids.length == 0) {
            throw Asked.refusal("prompt has no token, but needs one at least.", "prompt", "invalid_value");
        }
        return ids;
    }

    private static int[] ids(String field, JsonNode values) {
        int[] ids = new int[values.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = values.get(i);
            if (id == null || !id.isIntegralNumber() || !id.canConvertToInt()) {
                throw Asked.refusal(field + " must hold token ids, whole numbers of 32 bits.", field, "invalid_type");
            }
            ids[i] = id.intValue();
        }
        return ids;
    }

    private static Choice choice(Asked asked) {
        Asked params = asked.object("sampling_params");
        if (params == null) {
            throw asked.missing("sampling_params");
        }
        params.requireKnown(List.of("max_tokens", "seed", "stop", "temperature", "top_k", "top_p"));
        Double temperature = params.decimal("temperature", 0, 100);
        Double topP = params.decimal("top_p", 0, 1);
        Long topK = params.whole("top_k", -1, Integer.MAX_VALUE);
        Long seed = params.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        JsonNode stop = params.node().path("stop");
        boolean none = stop.isMissingNode() || stop.isNull();
        List<String> texts = new ArrayList<>();
        int[] ids = new int[0];
        if (stop.isTextual()) {
            texts.add(stop.textValue());
        } else if (!none && stop.isArray() && stop.path(0).isTextual()) {
            stop.forEach(each -> texts.add(each.asText()));
        } else if (!none) {
            if (!stop.isArray()) {
                throw params.type("stop", "texts or token ids");
            }
            ids = ids("sampling_params.stop", stop);
        }
        if (texts.size() + ids.length > MOST_STOPS
                || texts.stream().anyMatch(text -> text.isEmpty() || text.length() > LONGEST_STOP)) {
            throw Asked.refusal(
                    format(
                            "sampling_params.stop must hold at most %d texts of 1 to %d characters, or as many token ids.",
                            MOST_STOPS, LONGEST_STOP),
                    "sampling_params.stop",
                    "invalid_value");
        }
        try {
            return new Choice(
                    params.whole("max_tokens", 1, Integer.MAX_VALUE),
                    new Sampling(
                            temperature == null ? 1 : temperature,
                            topK == null || topK < 0 ? 0 : topK.intValue(),
                            topP == null ? 1 : topP),
                    seed == null ? ThreadLocalRandom.current().nextLong() : seed,
                    List.copyOf(texts),
                    ids,
                    !none && stop.isArray() && stop.isEmpty());
        } catch (InputException wrong) {
            throw Asked.refusal(String.valueOf(wrong.getMessage()), "sampling_params", "invalid_value");
        }
    }

    private static Scores scores(Asked asked, int prompt) {
        boolean reads = Boolean.TRUE.equals(asked.truth("prompt_logprobs"));
        Long likeliest = asked.whole("topk_prompt_logprobs", 0, AnswerQueue.MOST_ALTERNATIVES);
        Long ofSamples = asked.whole("topk_sample_logprobs", 0, AnswerQueue.MOST_ALTERNATIVES);
        Long last = asked.whole("prompt_logprobs_last_n", 1, Math.max(1, prompt - 1));
        if (last != null && !reads) {
            throw Asked.refusal(
                    "prompt_logprobs_last_n is given without prompt_logprobs, of which it says how many; set prompt_logprobs, too.",
                    "prompt_logprobs_last_n",
                    "invalid_value");
        }
        Asked targets = asked.object("target_prompt_logprobs");
        return new Scores(
                reads,
                last == null ? prompt : last.intValue(),
                likeliest == null ? 0 : likeliest.intValue(),
                ofSamples == null ? 0 : ofSamples.intValue(),
                targets == null ? null : TargetCells.read(targets, prompt));
    }
}
