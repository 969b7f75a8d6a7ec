package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Choosing, dealing and gathering against a mixture in nested loops: one token after the other, its experts found by sorting, each
 * {@code down(silu(gate x) * up x)} in double precision.
 */
class ExpertKernelsTest {
    private static final int HIDDEN = 5;
    private static final int INNER = 3;
    private static final int EXPERTS = 8;

    private final Random random = new Random(17);
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Engine.cpu().open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** What a router says of one token, by nested loops: experts in order, and the share of each. */
    private record Chosen(List<Integer> experts, double[] shares) {}

    private interface Rule {
        Chosen of(float[] logits);
    }

    private float[][] numbers(int rows, int columns, double size) {
        float[][] numbers = new float[rows][columns];
        for (float[] row : numbers) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) (size * random.nextGaussian());
            }
        }
        return numbers;
    }

    /** One favourite of most tokens, one expert that nobody wants. */
    private float[][] logits(int tokens) {
        float[][] logits = numbers(tokens, EXPERTS, 1);
        for (float[] row : logits) {
            row[2] += 2;
            row[5] -= 30;
        }
        return logits;
    }

    private NDArray tensor(float[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
        }
        return scope.floats(flat, rows.length, rows[0].length);
    }

    private static List<Integer> best(double[] values, int count) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -values[i]))
                .limit(count)
                .toList();
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private static Rule softmax(int count, boolean normalised) {
        return logits -> {
            double[] powers = Arrays.stream(doubles(logits)).map(Math::exp).toArray();
            double sum = Arrays.stream(powers).sum();
            List<Integer> experts = best(powers, count);
            double kept = experts.stream().mapToDouble(e -> powers[e]).sum();
            double divisor = normalised ? kept : sum;
            return new Chosen(
                    experts,
                    experts.stream().mapToDouble(e -> powers[e] / divisor).toArray());
        };
    }

    private static Rule groups(int count, int groups, int kept, float[] bias, boolean normalised, double scaling) {
        return logits -> {
            double[] scores = Arrays.stream(doubles(logits))
                    .map(ExpertKernelsTest::sigmoid)
                    .toArray();
            double[] ranked = new double[scores.length];
            int size = scores.length / groups;
            double[] ofGroups = new double[groups];
            for (int g = 0; g < groups; g++) {
                double[] members = new double[size];
                for (int i = 0; i < size; i++) {
                    members[i] = scores[g * size + i] + bias[g * size + i];
                    ranked[g * size + i] = members[i];
                }
                Arrays.sort(members);
                ofGroups[g] = members[size - 1] + members[size - 2];
            }
            List<Integer> in = best(ofGroups, kept);
            for (int e = 0; e < ranked.length; e++) {
                ranked[e] = in.contains(e / size) ? ranked[e] : Double.NEGATIVE_INFINITY;
            }
            List<Integer> experts = best(ranked, count);
            double sum =
                    normalised ? experts.stream().mapToDouble(e -> scores[e]).sum() : 1;
            return new Chosen(
                    experts,
                    experts.stream().mapToDouble(e -> scores[e] / sum * scaling).toArray());
        };
    }

    private static Rule own(int count) {
        return logits -> {
            List<Integer> experts = best(doubles(logits), count);
            return new Chosen(
                    experts,
                    experts.stream().mapToDouble(e -> sigmoid(logits[e])).toArray());
        };
    }

    private static double[] expert(double[] x, float[][] gateUp, float[][] down) {
        double[] y = new double[HIDDEN];
        for (int i = 0; i < INNER; i++) {
            double gate = 0;
            double up = 0;
            for (int h = 0; h < HIDDEN; h++) {
                gate += x[h] * gateUp[h][i];
                up += x[h] * gateUp[h][INNER + i];
            }
            double inner = gate * sigmoid(gate) * up;
            for (int h = 0; h < HIDDEN; h++) {
                y[h] += inner * down[i][h];
            }
        }
        return y;
    }

    private void assertMixture(int tokens, float[][] logits, ExpertKernels.Choice choice, Rule rule, boolean before) {
        float[][] x = numbers(tokens, HIDDEN, 1);
        List<float[][]> gateUps = new ArrayList<>();
        List<float[][]> downs = new ArrayList<>();
        for (int e = 0; e < EXPERTS; e++) {
            gateUps.add(numbers(HIDDEN, 2 * INNER, 0.7));
            downs.add(numbers(INNER, HIDDEN, 0.7));
        }
        float[] ours = TensorKernels.toFloats(scope, mixture(tensor(x), choice, gateUps, downs, before));
        for (int t = 0; t < tokens; t++) {
            Chosen chosen = rule.of(logits[t]);
            double[] expected = new double[HIDDEN];
            for (int c = 0; c < chosen.experts().size(); c++) {
                double share = chosen.shares()[c];
                int e = chosen.experts().get(c);
                double[] read = Arrays.stream(doubles(x[t]))
                        .map(v -> before ? v * share : v)
                        .toArray();
                double[] said = expert(read, gateUps.get(e), downs.get(e));
                for (int h = 0; h < HIDDEN; h++) {
                    expected[h] += before ? said[h] : share * said[h];
                }
            }
            for (int h = 0; h < HIDDEN; h++) {
                assertThat((double) ours[t * HIDDEN + h]).isCloseTo(expected[h], within(1e-5));
            }
        }
    }

    private NDArray mixture(
            NDArray x, ExpertKernels.Choice choice, List<float[][]> gateUps, List<float[][]> downs, boolean before) {
        ExpertKernels.Plan plan = ExpertKernels.plan(scope, choice, EXPERTS);
        NDArray choices =
                before ? ExpertKernels.spreadWeighed(scope, x, choice) : ExpertKernels.spread(scope, x, choice);
        List<NDArray> dealt = ExpertKernels.dispatch(scope, choices, plan);
        assertThat(dealt).hasSize(EXPERTS);
        assertThat(dealt.get(5).getShape().get(0)).isZero();
        List<NDArray> pieces = new ArrayList<>();
        for (int e = 0; e < EXPERTS; e++) {
            if (dealt.get(e).getShape().get(0) > 0) {
                pieces.add(ExpertKernels.stacked(scope, dealt.get(e), tensor(gateUps.get(e)), tensor(downs.get(e))));
            }
        }
        return before
                ? ExpertKernels.gather(scope, pieces, plan, choice)
                : ExpertKernels.gatherWeighed(scope, pieces, plan, choice);
    }

    /** From one token to more than any expert's rows are filled up to. */
    @ParameterizedTest
    @CsvSource({"1, true", "7, true", "23, false", "40, true", "150, false"})
    void theLikeliestOfASoftmax(int tokens, boolean normalised) {
        float[][] logits = logits(tokens);
        ExpertKernels.Choice choice = ExpertKernels.bySoftmax(scope, tensor(logits), 3, normalised);
        assertMixture(tokens, logits, choice, softmax(3, normalised), false);
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 2", "33, 4, 2", "33, 2, 1", "90, 4, 4", "20, 1, 1"})
    void theBestOfTheBestGroups(int tokens, int groups, int kept) {
        float[][] logits = logits(tokens);
        float[] bias = numbers(1, EXPERTS, 0.2)[0];
        bias[5] = -5;
        ExpertKernels.Choice choice = ExpertKernels.byGroups(
                scope,
                tensor(logits),
                scope.floats(bias),
                new ExpertKernels.Grouping(2, groups, kept),
                tokens != 20,
                scope.number(2.5));
        assertMixture(tokens, logits, choice, groups(2, groups, kept, bias, tokens != 20, 2.5), false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachByItsOwnSigmoidOnWhatItReads(int count) {
        float[][] logits = logits(29);
        ExpertKernels.Choice choice = ExpertKernels.bySigmoid(scope, tensor(logits), count);
        assertMixture(29, logits, choice, own(count), true);
    }

    /** Every choice has a place of its own, in its expert's rows; the rest of these repeat choice 0. */
    @Test
    void thePlanDealsEveryChoiceOnce() {
        float[][] logits = logits(70);
        ExpertKernels.Choice choice = ExpertKernels.bySoftmax(scope, tensor(logits), 2, false);
        ExpertKernels.Plan plan = ExpertKernels.plan(scope, choice, EXPERTS);
        long[] experts = choice.experts().toLongArray();
        long[] rows = plan.rows().toLongArray();
        long[] places = plan.places().toLongArray();
        long[] sizes = plan.sizes().toLongArray();
        assertThat(Arrays.stream(sizes).sum()).isEqualTo(rows.length);
        assertThat(Arrays.stream(places).distinct()).hasSize(experts.length);
        for (int i = 0; i < experts.length; i++) {
            assertThat(rows[(int) places[i]]).isEqualTo(i);
            long begin = Arrays.stream(sizes).limit(experts[i]).sum();
            assertThat(places[i]).isBetween(begin, begin + sizes[(int) experts[i]] - 1);
        }
        for (int e = 0; e < EXPERTS; e++) {
            long expert = e;
            long count = Arrays.stream(experts).filter(x -> x == expert).count();
            long filled =
                    count == 0 ? 0 : count <= 8 ? 8 : count <= 16 ? 16 : count <= 32 ? 32 : (count + 63) / 64 * 64;
            assertThat(sizes[e]).isEqualTo(filled);
        }
    }

    /** The library has a function of its own for numbers that fill no vector of the processor. */
    @Test
    void sharesOfATokenAreTheSameInAnyCompany() {
        NDArray logits = tensor(numbers(999, EXPERTS, 2));
        NDArray bias = scope.floats(new float[EXPERTS], EXPERTS);
        ExpertKernels.Grouping grouping = new ExpertKernels.Grouping(2, 1, 1);
        float[] bySigmoid = ExpertKernels.bySigmoid(scope, logits, 1).shares().toFloatArray();
        float[] byGroups = ExpertKernels.byGroups(scope, logits, bias, grouping, false, scope.number(1))
                .shares()
                .toFloatArray();
        for (int row = 0; row < 999; row++) {
            NDArray own = DecoderKernels.rowRange(scope, logits, row, row + 1);
            assertThat(ExpertKernels.bySigmoid(scope, own, 1).shares().toFloatArray())
                    .containsExactly(bySigmoid[row]);
            assertThat(ExpertKernels.byGroups(scope, own, bias, grouping, false, scope.number(1))
                            .shares()
                            .toFloatArray())
                    .containsExactly(byGroups[2 * row], byGroups[2 * row + 1]);
        }
    }
}
