package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/**
 * How the scores of an answer's next token change by what its prompt and its tokens so far hold, before the temperature divides them. In
 * this order, as transformers has it: a bias of single tokens; the repetition penalty of Keskar et al. (2019), over prompt and answer; the
 * presence and the frequency penalty of OpenAI's API, over the answer; then {@linkplain ForbiddenTexts what is forbidden}.
 */
final class LogitRules {
    private final Sampling sampling;
    private final Map<Integer, Double> biases = new TreeMap<>();
    private final @Nullable ForbiddenTexts forbidden;

    /** @param forbidden what answers may not hold; null for nothing */
    LogitRules(Sampling sampling, @Nullable ForbiddenTexts forbidden) {
        this.sampling = sampling;
        this.forbidden = forbidden;
        sampling.logitBias().forEach((id, bias) -> biases.put(Integer.valueOf(id), bias));
    }

    /**
     * Refuses a bias of a token that the model doesn't have.
     *
     * @param vocabulary tokens of the model
     */
    void requireWithin(int vocabulary) {
        for (int id : biases.keySet()) {
            if (id >= vocabulary) {
                throw new InputException("logit-bias names token " + id + " but the model has " + vocabulary
                        + " tokens; give an id below that.");
            }
        }
    }

    /** Returns whether scores stay as they are. */
    boolean isEmpty() {
        return !sampling.changesScores();
    }

    /**
     * Holds the tokens of a prompt and of its answer so far.
     *
     * @param ids tokens of prompt and answer; the array may be longer
     * @param prompt how many of them are the prompt's
     * @param count of both
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Written(int[] ids, int prompt, int count) {}

    /**
     * Returns the scores that the next tokens of some answers are chosen by.
     *
     * @param logits {@code [rows, V]} as the model gives them
     * @param rows which of them each answer reads; null: one after the other
     * @return {@code [answers, V]}
     */
    NDArray applied(Scope scope, NDArray logits, int @Nullable [] rows, List<Written> answers) {
        int vocabulary = Math.toIntExact(logits.getShape().get(1));
        float[] given = logits.toFloatArray();
        float[] changed = new float[answers.size() * vocabulary];
        for (int i = 0; i < answers.size(); i++) {
            int row = rows == null ? i : rows[i];
            float[] own = Arrays.copyOfRange(given, row * vocabulary, (row + 1) * vocabulary);
            apply(own, answers.get(i));
            System.arraycopy(own, 0, changed, i * vocabulary, vocabulary);
        }
        return scope.floats(changed, answers.size(), vocabulary);
    }

    /** Changes the scores {@code [V]} of one answer's next token. */
    void apply(float[] scores, Written answer) {
        biases.forEach((id, bias) -> scores[id] += bias.floatValue());
        float penalty = (float) sampling.repetitionPenalty();
        if (penalty != 1) {
            seen(answer, 0).stream()
                    .forEach(id -> scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty);
        }
        float presence = (float) sampling.presencePenalty();
        if (presence != 0) {
            seen(answer, answer.prompt).stream().forEach(id -> scores[id] -= presence);
        }
        double frequency = sampling.frequencyPenalty();
        if (frequency != 0) {
            Map<Integer, Integer> counts = new TreeMap<>();
            for (int i = answer.prompt; i < answer.count; i++) {
                counts.merge(answer.ids[i], 1, Integer::sum);
            }
            counts.forEach((id, count) -> scores[id] -= (float) (count * frequency));
        }
        if (forbidden != null) {
            forbidden.after(answer.ids, answer.prompt, answer.count).stream()
                    .filter(id -> id < scores.length)
                    .forEach(id -> scores[id] = Float.NEGATIVE_INFINITY);
        }
    }

    private static BitSet seen(Written answer, int from) {
        BitSet seen = new BitSet();
        for (int i = from; i < answer.count; i++) {
            seen.set(answer.ids[i]);
        }
        return seen;
    }
}
