package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.HeadKernels.TeacherMeasure;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.TeacherRows.Distances;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A student beside its teacher: gradients by central differences, chunks, prompts that differ. */
class TeacherRowsTest {
    private static final TeacherMeasure MEASURE = new TeacherMeasure(0.4, 0, 0.9);

    private static PackedBatch batch(int prompt) {
        Random random = new Random(3);
        List<TokenTree> trees = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int[] answer = TinyPolicies.tokens(random, 3 + i);
            trees.add(TokenTree.of(TinyPolicies.tokens(new Random(i), prompt), answer));
        }
        return PackedBatch.of(trees);
    }

    /** The model without its adapter is the teacher of the model with one. */
    private static Distances distances(Policy policy) {
        try (TeacherRows rows = TeacherRows.of(policy, policy.base(), batch(5));
                Pass pass = policy.forward(batch(5), policy.weights())) {
            return rows.distances(policy, pass, MEASURE);
        }
    }

    private static double mean(Distances found) {
        double sum = 0;
        for (float value : found.divergences()) {
            sum += value;
        }
        return sum / found.divergences().length;
    }

    private static void learn(Policy policy) {
        policy.trainables().zeroGradients();
        PackedBatch batch = batch(5);
        try (TeacherRows rows = TeacherRows.of(policy, policy.base(), batch);
                Pass pass = policy.hiddenPass(batch)) {
            Distances found = rows.learn(policy, pass, MEASURE, 1.0 / batch.scored());
            assertThat(found.divergences()).isEqualTo(distances(policy).divergences());
        }
    }

    /** Steps along the gradient, whatever trains: an adapter, or every weight with the head. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void theGradientIsThatOfTheDivergence(boolean full, boolean recompute) {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = full
                        ? Policy.full(base, recompute)
                        : Policy.adapted(base, TinyPolicies.adapter(base, 0), false, recompute)) {
            if (full) {
                shift(policy, direction(policy, 11), 0.05);
            }
            learn(policy);
            double[] gradient = TinyPolicies.gradients(policy);
            for (long seed = 1; seed <= 3; seed++) {
                double[] way = direction(policy, seed);
                double expected = 0;
                for (int i = 0; i < way.length; i++) {
                    expected += gradient[i] * way[i];
                }
                double step = 2e-3;
                shift(policy, way, step);
                double above = mean(distances(policy));
                shift(policy, way, -2 * step);
                double below = mean(distances(policy));
                shift(policy, way, step);
                assertThat((above - below) / (2 * step))
                        .as("direction %d", seed)
                        .isCloseTo(expected, within(2e-3 * TinyPolicies.norm(gradient) + 2e-4));
            }
        }
    }

    private static double[] direction(Policy policy, long seed) {
        Random random = new Random(seed);
        double[] way = new double[Math.toIntExact(policy.trainables().elements())];
        Arrays.setAll(way, i -> random.nextGaussian());
        double length = TinyPolicies.norm(way);
        Arrays.setAll(way, i -> way[i] / length);
        return way;
    }

    private static void shift(Policy policy, double[] way, double times) {
        FloatBuffer values =
                FloatBuffer.allocate(Math.toIntExact(policy.trainables().values()));
        policy.trainables().copyValues(values::put);
        for (int i = 0; i < way.length; i++) {
            values.put(i, (float) (values.get(i) + times * way[i]));
        }
        values.rewind();
        policy.trainables().setValues(Trainables.next(values));
    }

    @Test
    void aPassForItsHiddenStatesAloneMeasuresAlike() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false);
                TeacherRows rows = TeacherRows.of(policy, policy.base(), batch(5));
                Pass scored = policy.forward(batch(5), policy.weights());
                Pass hidden = policy.hiddenForward(batch(5), policy.weights())) {
            TeacherMeasure measure = new TeacherMeasure(0.5, 0, 1);
            Distances found = rows.distances(policy, hidden, measure);
            assertThat(found.divergences())
                    .isEqualTo(rows.distances(policy, scored, measure).divergences());
            float[] entropies = scored.scores().entropies();
            for (int i = 0; i < entropies.length; i++) {
                assertThat(found.entropies()[i]).isCloseTo(entropies[i], within(1e-5f));
            }
            assertThatThrownBy(hidden::scores)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no scores");
        }
    }

    @Test
    void chunksChangeNothing() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false)) {
            learn(policy);
            double[] whole = TinyPolicies.gradients(policy);
            Distances one = distances(policy);
            float[] values = one.divergences();
            policy.chunkLogits(2);
            learn(policy);
            double[] chunked = TinyPolicies.gradients(policy);
            Distances several = distances(policy);
            float[] again = several.divergences();
            assertThat(several.agreements()).isEqualTo(one.agreements());
            for (int i = 0; i < values.length; i++) {
                assertThat(several.entropies()[i]).isCloseTo(one.entropies()[i], within(1e-5f));
                assertThat(again[i]).isCloseTo(values[i], within(1e-6f));
            }
            assertThat(TinyPolicies.cosine(whole, chunked)).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void aTeacherMayReadMoreBeforeTheAnswer() {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.identity(base, 0), false, false)) {
            PackedBatch plain = batch(5);
            try (Pass pass = policy.forward(plain, policy.weights());
                    TeacherRows same = TeacherRows.of(policy, base, plain);
                    TeacherRows hinted = TeacherRows.of(policy, base, batch(9))) {
                assertThat(same.distances(policy, pass, MEASURE).agreements()).containsOnly(1);
                for (float value : same.distances(policy, pass, MEASURE).divergences()) {
                    assertThat(value).isCloseTo(0, within(1e-6f));
                }
                assertThat(mean(hinted.distances(policy, pass, MEASURE))).isGreaterThan(1e-4);
            }
        }
    }
}
