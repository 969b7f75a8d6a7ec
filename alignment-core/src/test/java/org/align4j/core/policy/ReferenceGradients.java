package org.align4j.core.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.reference.Comparisons;

/** The mean negative log-probability of one sequence and the norms of its gradients, as the references give them. */
final class ReferenceGradients {
    private static final double RELATIVE = 1e-4;
    private static final double SMALL = 1e-6;

    private ReferenceGradients() {}

    /** Compares the norm of each trained tensor's gradient; the loss is returned. */
    static double compare(String place, Policy policy, int[] ids, JsonNode norms, Comparisons comparisons) {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], ids)));
        policy.trainables().zeroGradients();
        TokenScores scores = policy.accumulate(batch, null, given -> {
            float[] coefficients = new float[batch.scored()];
            Arrays.fill(coefficients, -1f / batch.scored());
            return coefficients;
        });
        TreeMap<String, Double> actual = new TreeMap<>();
        policy.trainables()
                .members()
                .forEach(member ->
                        actual.put(member.name(), norm(member.gradient().toFloatArray())));
        TreeSet<String> names = new TreeSet<>();
        norms.fieldNames().forEachRemaining(names::add);
        comparisons.same(place + ".tensors", names, actual.keySet());
        actual.forEach((name, norm) -> {
            double expected = norms.path(name).asDouble();
            comparisons.within(place + "." + name, expected, norm, expected < SMALL ? SMALL : RELATIVE * expected);
        });
        return -scores.sum(batch.span(0, 0)) / batch.scored();
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
