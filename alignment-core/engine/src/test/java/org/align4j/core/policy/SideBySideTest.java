package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forwards taken side by side give what they give one after the other, bit for bit. */
class SideBySideTest {
    private static final int PARTS = 7;

    /** Several sizes, so that a later part may end first. */
    private static List<PackedBatch> parts() {
        List<TinyPolicies.Row> rows = TinyPolicies.rows();
        return IntStream.range(0, PARTS)
                .mapToObj(i -> TinyPolicies.batch(rows.subList(0, 1 + (PARTS - i) % rows.size())))
                .toList();
    }

    private record Outcome(List<float[]> scores, double[] gradients) {}

    private static Outcome outcome(Policy policy, int threads) {
        policy.setThreads(threads);
        policy.trainables().zeroGradients();
        List<PackedBatch> parts = parts();
        List<float[]> scores = policy.sideBySide(
                parts,
                part -> TinyPolicies.pass(policy, part, (long) part.size()).logProbs());
        return new Outcome(scores, TinyPolicies.gradients(policy));
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource({"F32,false,0", "F32,true,0", "BF16,false,0", "BF16,true,0.2", "F32,false,0.2"})
    void anyNumberOfThreadsGivesTheSameSums(Dtype dtype, boolean recompute, double dropout) {
        try (BaseModel base = TinyPolicies.base("llama", dtype);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, dropout), false, recompute)) {
            Outcome one = outcome(policy, 1);
            assertThat(TinyPolicies.norm(one.gradients())).isPositive();
            for (int threads : new int[] {2, 3, PARTS + 1}) {
                Outcome several = outcome(policy, threads);
                assertThat(several.gradients()).as(threads + " threads").isEqualTo(one.gradients());
                for (int part = 0; part < PARTS; part++) {
                    assertThat(several.scores().get(part))
                            .isEqualTo(one.scores().get(part));
                }
            }
        }
    }

    @Test
    void aFailureEndsAllAndLeavesNothingForTheNextTime() {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false)) {
            Outcome one = outcome(policy, 1);
            policy.setThreads(2);
            AtomicInteger running = new AtomicInteger();
            assertThatThrownBy(() -> policy.sideBySide(parts(), part -> {
                        running.incrementAndGet();
                        try (Pass pass = policy.pass(part, null)) {
                            throw new IllegalStateException(
                                    "no loss of " + pass.scores().logProbs().length);
                        } finally {
                            running.decrementAndGet();
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no loss of");
            assertThat(running).hasValue(0);
            assertThat(outcome(policy, 2).gradients()).isEqualTo(one.gradients());
        }
    }

    @Test
    void resultsComeInThePartsOrder() {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                Policy policy = Policy.frozen(base)) {
            policy.setThreads(3);
            List<Integer> numbers =
                    new ArrayList<>(IntStream.range(0, 50).boxed().toList());
            assertThat(policy.sideBySide(numbers, number -> 2 * number))
                    .isEqualTo(numbers.stream().map(number -> 2 * number).toList());
        }
    }
}
