package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.kernel.Scope;

/** Chooses the next token of one answer of a queue from its own scores, each answer by its own settings. */
final class NextToken {
    private static final Comparator<Alternative> LESS_LIKELY = Comparator.comparingDouble(Alternative::logProb)
            .thenComparing(Comparator.comparingInt(Alternative::id).reversed());

    private NextToken() {}

    /**
     * Chooses a token and says how likely it was where that was asked for.
     *
     * @param logits {@code [1, V]} the answer's next-token scores
     */
    static Token choose(Scope scope, NDArray logits, QueuedAnswer answer) {
        AnswerQueue.Request request = answer.request();
        Sampling sampling = request.settings().sampling();
        TokenFilter filter = request.filter();
        NDArray seen = filter == null ? logits : filtered(scope, logits, filter.allowed());
        int id = sampling.choose(scope, seen, null, List.of(answer.random()))[0];
        if (filter != null) {
            filter.accept(id);
        }
        int alternatives = request.alternatives();
        return new Token(
                id, alternatives == AnswerQueue.Request.NO_SCORES ? null : scores(logits, id, alternatives));
    }

    private static NDArray filtered(Scope scope, NDArray logits, BitSet allowed) {
        float[] values = logits.toFloatArray();
        int first = allowed.nextSetBit(0);
        if (first < 0 || first >= values.length) {
            throw new InputException("the filter allows no token; it must allow one wherever an answer may go on or end.");
        }
        for (int id = allowed.nextClearBit(0); id < values.length; id = allowed.nextClearBit(id + 1)) {
            values[id] = Float.NEGATIVE_INFINITY;
        }
        return scope.floats(values, 1, values.length);
    }

    private static Scores scores(NDArray logits, int id, int alternatives) {
        float[] values = logits.toFloatArray();
        double highest = Double.NEGATIVE_INFINITY;
        for (float value : values) {
            highest = Math.max(highest, value);
        }
        double sum = 0;
        for (float value : values) {
            sum += Math.exp(value - highest);
        }
        double all = highest + Math.log(sum);
        return new Scores(values[id] - all, likeliest(values, all, alternatives));
    }

    private static List<Alternative> likeliest(float[] values, double all, int count) {
        PriorityQueue<Alternative> kept = new PriorityQueue<>(LESS_LIKELY);
        for (int id = 0; id < values.length && count > 0; id++) {
            if (kept.size() < count || values[id] - all > kept.element().logProb()) {
                kept.add(new Alternative(id, values[id] - all));
                if (kept.size() > count) {
                    kept.remove();
                }
            }
        }
        List<Alternative> sorted = new ArrayList<>(kept);
        sorted.sort(LESS_LIKELY.reversed());
        return sorted;
    }
}
