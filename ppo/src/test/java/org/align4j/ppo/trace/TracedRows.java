package org.align4j.ppo.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.reference.Comparisons;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/** Rows of a trace: from padded to ragged, and into forwards. */
final class TracedRows {
    private static final int ALL_TOKENS = 1 << 20;

    private TracedRows() {}

    /** A response without its padding. */
    static Completion response(int row, int[] prompt, int[] ids) {
        return new Completion(new PromptTokens(row, prompt, null), 0, ids, null, true);
    }

    /** Some of the responses in one forward, in this order. */
    static Layout.Packed forward(List<Completion> responses, int... rows) {
        return forward(responses, null, rows);
    }

    /** Some of the responses in one forward, of whose tokens those that the policy drew are scored. */
    static Layout.Packed forward(List<Completion> responses, boolean @Nullable [][] own, int... rows) {
        List<int[]> units = Arrays.stream(rows).mapToObj(row -> new int[] {row}).toList();
        return new Layout(responses, own, ALL_TOKENS, 0).forwards(units).get(0);
    }

    /** All of them. */
    static Layout.Packed forward(List<Completion> responses) {
        return forward(responses, IntStream.range(0, responses.size()).toArray());
    }

    /** Numbers of padded rows, each cut to its length. */
    static double[][] cut(JsonNode padded, int[] lengths) {
        double[][] rows = Comparisons.rows(padded);
        return IntStream.range(0, rows.length)
                .mapToObj(i -> Arrays.copyOf(rows[i], lengths[i]))
                .toArray(double[][]::new);
    }

    static int[] lengths(Stream<Completion> responses) {
        return responses.mapToInt(response -> response.ids().length).toArray();
    }
}
