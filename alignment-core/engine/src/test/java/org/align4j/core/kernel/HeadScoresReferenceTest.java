package org.align4j.core.kernel;

import static org.align4j.core.reference.Comparisons.doubles;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * What the head says of tokens, against torch in float64. The head is the identity, so hidden states are logits and the
 * unit gradients are those with respect to the logits.
 */
@Tag("reference")
class HeadScoresReferenceTest {
    private static final double TOLERANCE = 1e-5;

    @TestFactory
    Stream<DynamicTest> tokens() {
        return ReferenceFolder.of("losses")
                .leaving("mean_logits", "cases")
                .files("logprobs.json"::equals, (reference, comparisons) -> {
                    int sequences = reference.content().get("logits").size();
                    int tokens = reference.content().get("logits").get(0).size();
                    for (int chunk = 1; chunk <= sequences * tokens; chunk++) {
                        check(reference, chunk, comparisons);
                    }
                });
    }

    private static void check(ReferenceCase reference, int chunkRows, Comparisons comparisons) {
        JsonNode content = reference.content();
        double[][] logits = positions(content.get("logits"));
        int vocabulary = logits[0].length;
        long[] targets = targets(content.get("ids"));
        try (Scope scope = Engine.cpu().open()) {
            NDArray hidden = scope.floats(floats(logits), logits.length, vocabulary);
            NDArray head = scope.floats(identity(vocabulary), vocabulary, vocabulary);
            HeadKernels.Scores scores = HeadKernels.score(
                    scope, hidden, head, scope.longs(targets), chunkRows, true, HeadKernels.Shaping.NONE);
            String place = "chunk " + chunkRows + " ";
            compare(place, content, "token_logps", scores.logProbs(), comparisons);
            compare(place, content, "entropy", scores.entropies(), comparisons);
            compare(place, content, "log_sum_sq", scores.logSquares(), comparisons);
            compare(place, content, "top1_equals_label", scores.hits(), comparisons);
            compareSums(place, content, scores.logProbs().toFloatArray(), comparisons);
            compareGradients(place, content, scores.unitGradients(), comparisons);
        }
    }

    /** The summed log-probability of each sequence's completion. */
    private static void compareSums(String place, JsonNode content, float[] logProbs, Comparisons comparisons) {
        JsonNode masks = content.get("completion_mask");
        double[] sums = new double[masks.size()];
        int row = 0;
        for (int i = 0; i < sums.length; i++) {
            for (int t = 1; t < masks.get(i).size(); t++, row++) {
                sums[i] += masks.get(i).get(t).asInt() * logProbs[row];
            }
        }
        comparisons.close(place + "sequence_logps", doubles(content.get("sequence_logps")), sums, TOLERANCE);
    }

    /** All positions but the last of each sequence, which predicts nothing. */
    private static double[][] positions(JsonNode sequences) {
        return Stream.iterate(0, i -> i < sequences.size(), i -> i + 1)
                .flatMap(i -> IntStream.range(0, sequences.get(i).size() - 1)
                        .mapToObj(t -> doubles(sequences.get(i).get(t))))
                .toArray(double[][]::new);
    }

    private static long[] targets(JsonNode ids) {
        return IntStream.range(0, ids.size())
                .boxed()
                .flatMap(
                        i -> Arrays.stream(Comparisons.ints(ids.get(i))).skip(1).boxed())
                .mapToLong(Integer::longValue)
                .toArray();
    }

    private static void compare(String place, JsonNode content, String field, NDArray actual, Comparisons comparisons) {
        double[] expected = IntStream.range(0, content.get(field).size())
                .boxed()
                .flatMap(i -> Arrays.stream(doubles(content.get(field).get(i))).boxed())
                .mapToDouble(Double::doubleValue)
                .toArray();
        comparisons.close(place + field, expected, widen(actual.toFloatArray()), TOLERANCE);
    }

    /** The gradient of the sum over sequences of weight times the summed log-probability of its completion. */
    private static void compareGradients(
            String place, JsonNode content, NDArray unitGradients, Comparisons comparisons) {
        double[][] expected = positions(content.get("grad_logits_of_weighted_sum"));
        float[] unit = unitGradients.toFloatArray();
        double[] weights = doubles(content.get("sequence_weights"));
        int vocabulary = expected[0].length;
        int row = 0;
        for (int i = 0; i < weights.length; i++) {
            JsonNode mask = content.get("completion_mask").get(i);
            for (int t = 0; t + 1 < mask.size(); t++, row++) {
                double[] actual = new double[vocabulary];
                for (int v = 0; v < vocabulary; v++) {
                    actual[v] = weights[i] * mask.get(t + 1).asInt() * unit[row * vocabulary + v];
                }
                comparisons.close(place + "gradient[" + row + "]", expected[row], actual, TOLERANCE);
            }
        }
    }

    private static float[] identity(int size) {
        float[] values = new float[size * size];
        for (int i = 0; i < size; i++) {
            values[i * size + i] = 1;
        }
        return values;
    }

    private static float[] floats(double[][] rows) {
        float[] values = new float[rows.length * rows[0].length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return values;
    }

    private static double[] widen(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
