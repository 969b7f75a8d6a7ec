package org.align4j.core.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
        double loss = differentiated(policy, ids);
        compareNorms(place, policy, norms, comparisons);
        return loss;
    }

    /** The norm of each trained tensor's gradient. */
    static TreeMap<String, Double> norms(Policy policy, int[] ids) {
        differentiated(policy, ids);
        return norms(policy);
    }

    private static TreeMap<String, Double> norms(Policy policy) {
        TreeMap<String, Double> norms = new TreeMap<>();
        policy.trainables()
                .members()
                .forEach(member ->
                        norms.put(member.name(), norm(member.gradient().toFloatArray())));
        return norms;
    }

    private static double differentiated(Policy policy, int[] ids) {
        PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], ids)));
        policy.trainables().zeroGradients();
        float[] coefficients = new float[batch.scored()];
        Arrays.fill(coefficients, -1f / batch.scored());
        try (Pass pass = policy.pass(batch, null)) {
            pass.backward(coefficients);
            return -pass.scores().sum(batch.span(0, 0)) / batch.scored();
        }
    }

    /** Compares the norms of the gradients that are there. */
    static void compareNorms(String place, Policy policy, JsonNode norms, Comparisons comparisons) {
        TreeMap<String, Double> actual = norms(policy);
        TreeMap<String, Double> reference = new TreeMap<>();
        norms.properties()
                .forEach(norm -> reference.put(
                        named(norm.getKey(), policy, actual), norm.getValue().asDouble()));
        comparisons.same(place + ".tensors", reference.keySet(), actual.keySet());
        actual.forEach((name, norm) -> {
            double expected = reference.getOrDefault(name, 0.0);
            comparisons.within(place + "." + name, expected, norm, expected < SMALL ? SMALL : RELATIVE * expected);
        });
    }

    /** The decoder's name of a tensor that a file may call otherwise. */
    private static String named(String inFile, Policy policy, Map<String, Double> known) {
        return policy.decoder().names().prefixes().stream()
                .filter(prefix -> inFile.startsWith(prefix.theirs()))
                .map(prefix -> prefix.ours() + inFile.substring(prefix.theirs().length()))
                .filter(name -> !known.containsKey(inFile) && known.containsKey(name))
                .findFirst()
                .orElse(inFile);
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
