package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Trainables.Trainable;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every policy, whatever its numbers. */
class PolicyLawsTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());
    private static final long SEED = 5;

    private static Policy policy(BaseModel base, boolean full, double dropout, boolean recompute) {
        return full
                ? Policy.full(base, recompute)
                : Policy.adapted(base, TinyPolicies.adapter(base, dropout), true, recompute);
    }

    static Stream<String> families() {
        return TinyFamilies.names();
    }

    private static TokenScores accumulate(Policy policy, boolean dropout) {
        PackedBatch batch = TinyPolicies.batch(policy.base());
        policy.trainables().zeroGradients();
        return TinyPolicies.pass(policy, batch, dropout ? SEED : null);
    }

    @ParameterizedTest
    @CsvSource({"F32,false,0", "F32,true,0", "BF16,false,0", "BF16,true,0", "F32,false,0.2", "BF16,false,0.2"})
    void recomputedGradientsAreTheKeptOnesBitByBit(Dtype dtype, boolean full, double dropout) {
        requireRecomputedAsKept("llama", dtype, full, dropout);
    }

    @ParameterizedTest
    @MethodSource("families")
    void recomputedGradientsAreTheKeptOnesInEveryFamily(String family) {
        requireRecomputedAsKept(family, Dtype.F32, true, 0);
        requireRecomputedAsKept(family, Dtype.BF16, false, 0.2);
    }

    private static void requireRecomputedAsKept(String family, Dtype dtype, boolean full, double dropout) {
        try (BaseModel base = TinyPolicies.base(family, dtype);
                Policy kept = policy(base, full, dropout, false);
                Policy recomputed = policy(base, full, dropout, true)) {
            TokenScores keptScores = accumulate(kept, dropout > 0);
            TokenScores recomputedScores = accumulate(recomputed, dropout > 0);
            assertThat(recomputedScores.logProbs()).isEqualTo(keptScores.logProbs());
            double[] expected = TinyPolicies.gradients(kept);
            assertThat(TinyPolicies.norm(expected)).isPositive();
            assertThat(TinyPolicies.gradients(recomputed)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void anAdapterWhoseBIsZeroIsTheBaseBitByBit(String family) {
        for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
            try (BaseModel base = TinyPolicies.base(family, dtype);
                    Policy policy = Policy.adapted(base, TinyPolicies.identity(base, 0), true, false);
                    Policy frozen = Policy.frozen(base)) {
                PackedBatch batch = TinyPolicies.batch(base);
                float[] expected = frozen.score(batch).logProbs();
                assertThat(policy.score(batch).logProbs()).isEqualTo(expected);
                assertThat(policy.score(batch, policy.base()).logProbs()).isEqualTo(expected);
                assertThat(policy.score(batch, policy.start()).logProbs()).isEqualTo(expected);
                assertThat(accumulate(policy, false).logProbs()).isEqualTo(expected);
            }
        }
    }

    /** Every linear layer has a pair, and each pair has a gradient. */
    @ParameterizedTest
    @MethodSource("families")
    void everyLinearLayerLearns(String family) {
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy policy = policy(base, false, 0, false)) {
            accumulate(policy, false);
            List<Trainable> members = policy.trainables().members();
            assertThat(members).hasSize(2 * base.decoder().linears().size());
            assertThat(members)
                    .allSatisfy(member -> assertThat(member.gradient().toFloatArray())
                            .as(member.name())
                            .isNotEqualTo(
                                    new float
                                            [Math.toIntExact(
                                                    member.gradient().getShape().size())]));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void theStartStaysWhileTheAdapterTrains(Dtype dtype) {
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = policy(base, false, 0, false);
                AdamW optimizer = new AdamW(
                        policy.trainables(),
                        new AdamW.Settings(0.9, 0.999, 1e-8, 0),
                        base.engine().open())) {
            float[] start = policy.score(BATCH).logProbs();
            float[] untouched = policy.score(BATCH, policy.base()).logProbs();
            accumulate(policy, false);
            optimizer.apply(1e-2, 1);
            assertThat(policy.score(BATCH, policy.start()).logProbs()).isEqualTo(start);
            assertThat(policy.score(BATCH, policy.base()).logProbs()).isEqualTo(untouched);
            assertThat(policy.score(BATCH).logProbs()).isNotEqualTo(start);
        }
    }

    @Test
    void dropoutFollowsFromItsSeed() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = policy(base, false, 0.3, false)) {
            float[] first = TinyPolicies.pass(policy, BATCH, 1L).logProbs();
            float[] again = TinyPolicies.pass(policy, BATCH, 1L).logProbs();
            float[] other = TinyPolicies.pass(policy, BATCH, 2L).logProbs();
            assertThat(again).isEqualTo(first);
            assertThat(other).isNotEqualTo(first);
            assertThat(TinyPolicies.pass(policy, BATCH, null).logProbs())
                    .isEqualTo(policy.score(BATCH).logProbs());
        }
    }

    /** All of Llama; of the others, whose weights' gradients are those of transformers, the pairs. */
    static Stream<Arguments> differentiated() {
        return Stream.concat(
                Stream.of(Arguments.of("llama", true)),
                Stream.of("llama", "gemma2", "gemma3-text").map(family -> Arguments.of(family, false)));
    }

    /** In each tensor, the element with the largest gradient is moved either way. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource("differentiated")
    void gradientsAgreeWithCentralDifferences(String family, boolean full) {
        float step = full ? 2e-3f : 1e-2f;
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy policy = policy(base, full, 0, false);
                Scope scope = base.engine().open()) {
            float[] coefficients = TinyPolicies.coefficients(TinyPolicies.batch(base));
            accumulate(policy, false);
            for (Trainable member : policy.trainables().members()) {
                float[] gradient = member.gradient().toFloatArray();
                float[] values = TensorKernels.toFloats(scope, member.master());
                int largest = IntStream.range(0, gradient.length)
                        .boxed()
                        .max(Comparator.comparingDouble(i -> Math.abs(gradient[i])))
                        .orElseThrow();
                double above = moved(policy, scope, member, values, largest, step, coefficients);
                double below = moved(policy, scope, member, values, largest, -step, coefficients);
                moved(policy, scope, member, values, largest, 0, coefficients);
                assertThat((above - below) / (2 * step))
                        .as("%s[%d]", member.name(), largest)
                        .isCloseTo(gradient[largest], within(0.005 * Math.abs(gradient[largest]) + 5e-5));
            }
        }
    }

    private static double moved(
            Policy policy, Scope scope, Trainable member, float[] values, int place, float by, float[] coefficients) {
        float[] changed = values.clone();
        changed[place] += by;
        try (Scope inner = scope.inner()) {
            TensorKernels.fill(
                    inner,
                    member.master(),
                    inner.floats(changed, member.master().getShape().getShape()));
        }
        policy.trainables().refresh();
        float[] logProbs = policy.score(TinyPolicies.batch(policy.base())).logProbs();
        return IntStream.range(0, logProbs.length)
                .mapToDouble(i -> (double) coefficients[i] * logProbs[i])
                .sum();
    }

    @ParameterizedTest
    @CsvSource({"F32,false", "F32,true", "BF16,false", "BF16,true"})
    void twoRunsAreBitIdentical(Dtype dtype, boolean full) {
        assertThat(trained(dtype, full)).usingRecursiveComparison().isEqualTo(trained(dtype, full));
    }

    private static List<float[]> trained(Dtype dtype, boolean full) {
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = policy(base, full, 0.1, true);
                AdamW optimizer = new AdamW(
                        policy.trainables(),
                        new AdamW.Settings(0.9, 0.999, 1e-8, 0.01),
                        base.engine().open())) {
            for (int step = 0; step < 4; step++) {
                accumulate(policy, true);
                optimizer.apply(1e-3, 1 / (1 + optimizer.gradientNorm()));
            }
            return List.copyOf(TrainedValues.of(policy).values());
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void mergedWeightsGiveWhatTheAdapterGives(String family) {
        int[] ids = TinyPolicies.rows().get(3).prompt();
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy policy = policy(base, false, 0, false)) {
            float[] adapted = Logits.of(base, policy.weights(), ids);
            float[] merged = Logits.of(base, Logits.weights(base, new MergedWeights(policy)::value), ids);
            assertThat(merged).hasSize(adapted.length);
            for (int i = 0; i < merged.length; i++) {
                assertThat(merged[i]).isCloseTo(adapted[i], within(1e-4f));
            }
            assertThat(Arrays.equals(adapted, Logits.of(base, base, ids))).isFalse();
        }
    }
}
