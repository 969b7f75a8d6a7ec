package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;

/**
 * Rows to train on and rows to evaluate on, with no prompt in both. Prompts are taken for evaluation in the order of a
 * seeded hash, until their rows make up the fraction asked for; the order of rows stays.
 *
 * @param <T> the kind of row
 * @param train the rows to train on
 * @param eval the rows to evaluate on; none where the fraction is 0
 */
record PromptSplit<T extends TokenRow>(List<T> train, List<T> eval) {

    /**
     * @param rows the rows
     * @param promptKeys {@code [rows]} equal for rows with equal prompts
     * @param evalFraction share of the rows to evaluate on, from 0 to below 1
     * @throws InputException where the fraction is out of range or leaves one side without a row
     */
    static <T extends TokenRow> PromptSplit<T> of(List<T> rows, long[] promptKeys, double evalFraction, long seed) {
        if (!(evalFraction >= 0 && evalFraction < 1)) {
            throw new InputException(
                    "eval-fraction is " + evalFraction + " but must be from 0 to below 1; 0.1 is usual.");
        }
        if (evalFraction == 0) {
            return new PromptSplit<>(rows, List.of());
        }
        long wanted = Math.max(1, Math.round(evalFraction * rows.size()));
        Map<Long, Integer> counts = new TreeMap<>(); // by seeded hash, and by key where two hashes meet
        Map<Long, Boolean> evaluated = new LinkedHashMap<>();
        for (long key : promptKeys) {
            counts.merge(place(key, seed), 1, Integer::sum);
        }
        long taken = 0;
        for (Map.Entry<Long, Integer> prompt : counts.entrySet()) {
            evaluated.put(prompt.getKey(), taken < wanted);
            taken += prompt.getValue();
        }
        List<T> train = new ArrayList<>();
        List<T> eval = new ArrayList<>();
        for (int i = 0; i < promptKeys.length; i++) {
            (evaluated.getOrDefault(place(promptKeys[i], seed), false) ? eval : train).add(rows.get(i));
        }
        if (train.isEmpty()) {
            throw new InputException("eval-fraction is " + evalFraction + " but the rows have " + counts.size()
                    + " different prompts, so that none is left to train on; give eval-data instead.");
        }
        return new PromptSplit<>(List.copyOf(train), List.copyOf(eval));
    }

    /** A bijection of the keys for every seed, so that different prompts stay apart. */
    private static long place(long key, long seed) {
        return TokenHash.mix(key ^ TokenHash.mix(seed));
    }
}
