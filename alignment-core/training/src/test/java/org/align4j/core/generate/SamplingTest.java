package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The choice of a token, by hand: probabilities 0.5, 0.25, 0.125, 0.125 in shuffled places. */
class SamplingTest {
    private static final double[] PROBABILITIES = {0.125, 0.5, 0.125, 0.25};
    private static final int DRAWS = 20_000;

    private static float[] logits() {
        float[] logits = new float[PROBABILITIES.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(PROBABILITIES[i]) + 3;
        }
        return logits;
    }

    private static float[] weights(Sampling sampling, float[] logits) {
        try (Scope scope = Engine.cpu().open()) {
            return sampling.weights(scope, scope.floats(logits, 1, logits.length));
        }
    }

    private static Map<Integer, Double> shares(Sampling sampling) {
        Map<Integer, Double> shares = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(7);
        float[] weights = weights(sampling, logits());
        for (int i = 0; i < DRAWS; i++) {
            shares.merge(sampling.choose(weights, 0, weights.length, random), 1.0 / DRAWS, Double::sum);
        }
        return shares;
    }

    private static void assertShares(Sampling sampling, Map<Integer, Double> expected) {
        Map<Integer, Double> shares = shares(sampling);
        assertThat(shares.keySet()).isEqualTo(expected.keySet());
        // Four standard deviations of a share over this many draws.
        expected.forEach((id, share) ->
                assertThat(shares.get(id)).isCloseTo(share, Offset.offset(4 * Math.sqrt(0.25 / DRAWS))));
    }

    @Test
    void drawsInProportion() {
        assertShares(new Sampling(1, 0, 1), Map.of(0, 0.125, 1, 0.5, 2, 0.125, 3, 0.25));
    }

    /** At temperature 1/2 probabilities are squared: 16, 4, 1 and 1 parts of 22. */
    @Test
    void temperatureDividesScores() {
        assertShares(new Sampling(0.5, 0, 1), Map.of(0, 1 / 22.0, 1, 16 / 22.0, 2, 1 / 22.0, 3, 4 / 22.0));
    }

    @Test
    void topKKeepsTheHighest() {
        assertShares(new Sampling(1, 2, 1), Map.of(1, 2 / 3.0, 3, 1 / 3.0));
        assertShares(new Sampling(1, 9, 1), Map.of(0, 0.125, 1, 0.5, 2, 0.125, 3, 0.25));
    }

    /** Of the two equal tokens the one with the lower id stays. */
    @Test
    void topKBreaksTiesByTheLowerId() {
        assertShares(new Sampling(1, 3, 1), Map.of(0, 1 / 7.0, 1, 4 / 7.0, 3, 2 / 7.0));
    }

    /** 0.5 alone doesn't reach 0.6, 0.5 and 0.25 do; the token that reaches it belongs to the set. */
    @Test
    void topPKeepsTheSmallestSetThatReachesIt() {
        assertShares(new Sampling(1, 0, 0.4), Map.of(1, 1.0));
        assertShares(new Sampling(1, 0, 0.6), Map.of(1, 2 / 3.0, 3, 1 / 3.0));
        assertShares(new Sampling(1, 0, 0.8), Map.of(0, 1 / 7.0, 1, 4 / 7.0, 3, 2 / 7.0));
    }

    /** After top-k 2 the probabilities are 2/3 and 1/3, so that 0.6 is reached by the first. */
    @Test
    void topPIsOfWhatTopKLeaves() {
        assertShares(new Sampling(1, 2, 0.6), Map.of(1, 1.0));
    }

    @Test
    void greedyTakesTheFirstOfTheHighest() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(Sampling.GREEDY.choose(new float[] {9, 9, 1, 3, 3, 2}, 2, 4, random))
                .isEqualTo(1);
        assertThat(random.nextLong()).isEqualTo(new SplittableRandom(1).nextLong());
    }

    @Test
    void manyTokensWithOneScoreAreAllDrawn() {
        float[] logits = new float[3000];
        SplittableRandom random = new SplittableRandom(3);
        Sampling sampling = new Sampling(1, 0, 0.5);
        assertThat(sampling.choose(weights(sampling, logits), 0, logits.length, random))
                .isBetween(0, 1499);
    }

    @Test
    void refusesWhatIsOutOfRange() {
        assertThatThrownBy(() -> new Sampling(-1, 0, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("temperature is -1.0");
        assertThatThrownBy(() -> new Sampling(1, -1, 1)).hasMessageContaining("top-k is -1");
        assertThatThrownBy(() -> new Sampling(1, 0, 0)).hasMessageContaining("top-p is 0.0");
        assertThatThrownBy(() -> Sampling.GREEDY.choose(new float[] {1, Float.NaN}, 0, 2, new SplittableRandom(1)))
                .hasMessageContaining("NaN");
        Sampling drawn = new Sampling(1, 0, 1);
        float[] damaged = weights(drawn, new float[] {1, Float.NaN});
        assertThatThrownBy(() -> drawn.choose(damaged, 0, 2, new SplittableRandom(1)))
                .hasMessageContaining("NaN");
    }

    /** A share of 0 gives the first token that has any probability, one that rounded up to 1 the last. */
    @Test
    void theKernelDrawsAtTheEnds() {
        try (Scope scope = Engine.cpu().open()) {
            NDArray rows =
                    scope.floats(new float[] {0, 0.5f, 0, 0.5f, 0, 0, 0.5f, 0, 0.5f, 0, 0, Float.NaN, 0, 0, 0}, 3, 5);
            assertThat(HeadKernels.draw(scope, rows, new double[] {0, 1, 0.5})).containsExactly(1, 3, -1);
        }
    }

    @Test
    void theKernelDrawsWhatIsDrawnOneByOne() {
        Random numbers = new Random(5);
        int vocabulary = 700;
        float[] logits = new float[6 * vocabulary];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = i % 3 == 0 ? Float.NEGATIVE_INFINITY : (float) (4 * numbers.nextGaussian());
        }
        int[] rows = {0, 0, 3, 5, 5, 5, 1};
        Sampling sampling = new Sampling(0.8, 0, 1);
        try (Scope scope = Engine.cpu().open()) {
            NDArray scores = scope.floats(logits, 6, vocabulary);
            float[] weights = sampling.weights(scope, scores);
            for (int round = 0; round < 50; round++) {
                int seed = 100 * round;
                int[] chosen = sampling.choose(scope, scores, rows, randoms(seed, rows.length));
                List<SplittableRandom> same = randoms(seed, rows.length);
                for (int i = 0; i < rows.length; i++) {
                    assertThat(chosen[i])
                            .isEqualTo(sampling.choose(weights, rows[i] * vocabulary, vocabulary, same.get(i)));
                }
            }
            NDArray damaged = scope.floats(new float[] {1, Float.NaN}, 1, 2);
            assertThatThrownBy(() -> sampling.choose(scope, damaged, null, randoms(1, 1)))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("NaN");
        }
    }

    private static List<SplittableRandom> randoms(int seed, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new SplittableRandom(seed + i))
                .toList();
    }
}
