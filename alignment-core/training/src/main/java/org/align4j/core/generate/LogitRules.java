package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Scope;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * How the scores of an answer's next token change by what its prompt and its tokens so far hold, before the temperature divides them. In
 * this order, as transformers has it: a bias of single tokens; the repetition penalty of Keskar et al. (2019), over prompt and answer; the
 * presence and the frequency penalty of OpenAI's API, over the answer; then what is forbidden.
 */
final class LogitRules {
    private final Sampling sampling;
    private final Map<Integer, Double> biases = new TreeMap<>();
    private final List<int[]> forbidden;

    /** @param forbidden {@code [texts][]} tokens that mustn't come one after the other */
    LogitRules(Sampling sampling, List<int[]> forbidden) {
        this.sampling = sampling;
        this.forbidden = List.copyOf(forbidden);
        sampling.logitBias().forEach((id, bias) -> biases.put(Integer.valueOf(id), bias));
    }

    /**
     * Makes the rules of sampling settings.
     *
     * @param tokenizer gives the tokens of forbidden texts; null where the model has none
     * @throws InputException where a text is forbidden and there is no tokenizer, or a text has no token
     */
    static LogitRules of(Sampling sampling, @Nullable Tokenizer tokenizer) {
        List<int[]> forbidden = new ArrayList<>();
        for (String text : sampling.forbid()) {
            if (tokenizer == null) {
                throw new InputException("forbid is " + text
                        + " but the model has no tokenizer to tell text by; drop forbid, or add tokenizer.json.");
            }
            int[] ids = tokenizer.encode(text, false);
            if (ids.length == 0) {
                throw new InputException("forbid holds " + text + ", which the tokenizer makes no token of; drop it.");
            }
            forbidden.add(ids);
        }
        return new LogitRules(sampling, forbidden);
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
        return !sampling.changesScores() && forbidden.isEmpty();
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
     * @throws InputException where nothing is left to choose
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
        forbidden.stream()
                .filter(text -> completes(text, answer))
                .forEach(text -> scores[text[text.length - 1]] = Float.NEGATIVE_INFINITY);
        if (!forbidden.isEmpty()) {
            requireSome(scores);
        }
    }

    private static BitSet seen(Written answer, int from) {
        BitSet seen = new BitSet();
        for (int i = from; i < answer.count; i++) {
            seen.set(answer.ids[i]);
        }
        return seen;
    }

    /** Returns whether the next token may be a forbidden text's last one: all others came just before. */
    private static boolean completes(int[] text, Written answer) {
        int before = text.length - 1;
        return before <= answer.count
                && Arrays.equals(text, 0, before, answer.ids, answer.count - before, answer.count);
    }

    private static void requireSome(float[] scores) {
        for (float score : scores) {
            if (score != Float.NEGATIVE_INFINITY) {
                return;
            }
        }
        throw new InputException("forbid leaves no token that an answer could go on with; forbid less.");
    }
}
