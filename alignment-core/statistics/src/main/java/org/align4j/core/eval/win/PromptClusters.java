package org.align4j.core.eval.win;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Rows by their prompt, each prompt with a number, as a bootstrap draws them. */
record PromptClusters(int[] numbers, int count) {
    static <T> PromptClusters of(List<T> rows, Function<T, String> prompt) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        int[] numbers = new int[rows.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = seen.computeIfAbsent(prompt.apply(rows.get(i)), key -> seen.size());
        }
        return new PromptClusters(numbers, seen.size());
    }

    /** The number of a row's prompt. */
    int of(int row) {
        return numbers[row];
    }

    /** Returns how often each row counts where each prompt was drawn so often. */
    double[] weights(int[] drawn) {
        double[] weights = new double[numbers.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = drawn[numbers[i]];
        }
        return weights;
    }
}
