package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.LoraOptions.Variant;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.PassContext;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.BodyPlan.Reason;
import org.align4j.core.reference.TinyFamilies;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers of the commonest shape: the backward written for them gives autograd's gradients, and their forward the same bits. */
class WrittenBackwardTest {
    static Stream<String> families() {
        return TinyFamilies.names();
    }

    static Stream<String> written() {
        return TinyFamilies.COMMONEST_SHAPE.stream().sorted();
    }

    /** What an adapter of these tests is. */
    private record Adapter(
            String targets, @Nullable String layers, Variant variant, LoraBias bias, List<String> whole) {
        static final Adapter ALL = new Adapter("all-linear", null, Variant.PLAIN, LoraBias.NONE, List.of());

        AdapterValues on(BaseModel base, double dropout) {
            LoraOptions options = new LoraOptions(
                    new LoraOptions.SizeOptions(4, 8, dropout),
                    targets,
                    variant,
                    new LoraOptions.ExclusionOptions(null, layers),
                    bias,
                    new LoraOptions.PatternOptions(Map.of(), Map.of()),
                    whole);
            LoraTargets chosen = LoraTargets.ofOptions(
                    options.toConfig(AdapterOrigin.unknown()), AdapterValues.modules(base.decoder()), "llama");
            return shaken(AdapterValues.initial(chosen, base, 7));
        }

        private static AdapterValues shaken(AdapterValues initial) {
            Random random = new Random(3);
            Map<AdapterTensor, float[]> values = new LinkedHashMap<>(initial.values());
            values.replaceAll((tensor, numbers) -> {
                float[] own = numbers.clone();
                for (int i = 0; tensor.part() == AdapterTensor.Part.B && i < own.length; i++) {
                    own[i] += (float) (0.05 * random.nextGaussian());
                }
                return own;
            });
            return new AdapterValues(initial.targets(), values, initial.start());
        }
    }

    private record Outcome(float[] logProbs, double[] gradients) {}

    private static Outcome outcome(Policy policy) {
        return outcome(policy, TinyPolicies.batch(policy.base()));
    }

    private static Outcome outcome(Policy policy, PackedBatch batch) {
        policy.trainables().zeroGradients();
        float[] logProbs = TinyPolicies.pass(policy, batch, null).logProbs();
        return new Outcome(logProbs, TinyPolicies.gradients(policy));
    }

    private static void requireAutogradsGradients(
            String family, Dtype dtype, Adapter adapter, double cosine, double norm) {
        try (BaseModel base = TinyPolicies.base(family, dtype);
                Policy written = Policy.adapted(base, adapter.on(base, 0), false, false);
                Policy recomputed = Policy.adapted(base, adapter.on(base, 0), false, true);
                Policy graph = Policy.adapted(base, adapter.on(base, 0), false, false)) {
            graph.plan().useAutograd();
            Outcome expected = outcome(graph);
            Outcome actual = outcome(written);
            assertThat(actual.logProbs()).as(family).isEqualTo(expected.logProbs());
            assertThat(TinyPolicies.cosine(actual.gradients(), expected.gradients()))
                    .as(family)
                    .isGreaterThanOrEqualTo(cosine);
            assertThat(TinyPolicies.norm(actual.gradients()) / TinyPolicies.norm(expected.gradients()))
                    .as(family)
                    .isCloseTo(1, within(norm));
            assertThat(outcome(recomputed).gradients()).as(family).isEqualTo(actual.gradients());
        }
    }

    @ParameterizedTest
    @MethodSource("written")
    void gradientsAreAutograds(String family) {
        requireAutogradsGradients(family, Dtype.F32, Adapter.ALL, 0.999999, 1e-4);
        requireAutogradsGradients(family, Dtype.BF16, Adapter.ALL, 0.998, 0.01);
    }

    /** A short row, whose scores are held whole, beside rows that attend by tiles, one with its prompt before two answers. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "mistral-sliding-window"})
    void attentionOfLongRowsIsRememberedWhereLayersAreMadeAgain(String family) {
        Random random = new Random(5);
        PackedBatch batch = TinyPolicies.batch(List.of(
                TinyPolicies.row(random, 20, 7, 31),
                TinyPolicies.row(random, 1, 640, 1),
                TinyPolicies.row(random, 500, 90, 9)));
        for (Dtype dtype : new Dtype[] {Dtype.F32, Dtype.BF16}) {
            try (BaseModel base = TinyPolicies.base(family, dtype);
                    Policy kept = Policy.adapted(base, Adapter.ALL.on(base, 0), false, false);
                    Policy again = Policy.adapted(base, Adapter.ALL.on(base, 0), false, true);
                    Policy graph = Policy.adapted(base, Adapter.ALL.on(base, 0), false, false)) {
                graph.plan().useAutograd();
                Outcome expected = outcome(kept, batch);
                Outcome actual = outcome(again, batch);
                assertThat(actual.logProbs()).isEqualTo(expected.logProbs());
                assertThat(actual.gradients()).isEqualTo(expected.gradients());
                assertThat(TinyPolicies.cosine(
                                actual.gradients(), outcome(graph, batch).gradients()))
                        .isGreaterThanOrEqualTo(dtype == Dtype.F32 ? 0.999999 : 0.998);
            }
        }
    }

    @Test
    void pairsMayStandOnSomeOfTheProducts() {
        for (String targets : List.of("q_proj,down_proj", "v_proj,gate_proj", "k_proj,o_proj,up_proj")) {
            Adapter some = new Adapter(targets, null, Variant.PLAIN, LoraBias.NONE, List.of());
            requireAutogradsGradients("qwen3", Dtype.F32, some, 0.999999, 1e-4);
        }
    }

    /** Layers without pairs let the gradient through, and below the lowest pair there is none. */
    @Test
    void pairsMayStandOnSomeOfTheLayers() {
        for (String layers : List.of("0", "1", "0,2")) {
            Adapter some = new Adapter("all-linear", layers, Variant.PLAIN, LoraBias.NONE, List.of());
            requireAutogradsGradients("llama", Dtype.F32, some, 0.999999, 1e-4);
        }
    }

    /** Biases that train beside the pairs leave their layer to autograd, and the others as they were. */
    @Test
    void bothWaysMeetInOneModel() {
        Adapter mixed = new Adapter("all-linear", "1", Variant.PLAIN, LoraBias.LORA_ONLY, List.of());
        requireAutogradsGradients("qwen2", Dtype.F32, mixed, 0.999999, 1e-4);
        try (BaseModel base = TinyPolicies.base("qwen2", Dtype.F32);
                Policy policy = Policy.adapted(base, mixed.on(base, 0), false, false)) {
            assertThat(reasons(policy, null)).startsWith(null, Reason.TRAINED).doesNotContain(Reason.SHAPE);
        }
    }

    private static List<@Nullable Reason> reasons(Policy policy, PassContext.@Nullable Dropout dropout) {
        return IntStream.range(0, policy.decoder().layers().size())
                .<@Nullable Reason>mapToObj(layer -> policy.plan().reason(layer, dropout))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("families")
    void theShapeDecides(String family) {
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false)) {
            assertThat(reasons(policy, null).stream().allMatch(reason -> reason == null))
                    .isEqualTo(TinyFamilies.COMMONEST_SHAPE.contains(family));
            assertThat(policy.plan().isWritten()).isEqualTo(TinyFamilies.COMMONEST_SHAPE.contains(family));
            assertThat(reasons(policy, null)).containsAnyOf(null, Reason.SHAPE).doesNotContain(Reason.TRAINED);
        }
    }

    @Test
    void whatTrainsDecides() {
        try (BaseModel base = TinyPolicies.base("qwen2", Dtype.F32)) {
            PassContext.Dropout on = new PassContext.Dropout(1);
            requireReason(base, Adapter.ALL, 0, on, null);
            requireReason(base, Adapter.ALL, 0.1, null, null);
            requireReason(base, Adapter.ALL, 0.1, on, Reason.DROPOUT);
            for (Variant variant : List.of(Variant.DORA, Variant.PISSA)) {
                Adapter other = new Adapter("all-linear", null, variant, LoraBias.NONE, List.of());
                requireReason(base, other, 0, null, Reason.PAIR);
            }
            Adapter biased = new Adapter("q_proj", null, Variant.PLAIN, LoraBias.LORA_ONLY, List.of());
            requireReason(base, biased, 0, null, Reason.TRAINED);
            try (Policy full = Policy.full(base, false)) {
                assertThat(reasons(full, null)).containsOnly(Reason.TRAINED);
                full.plan().useAutograd();
                assertThat(reasons(full, null)).containsOnly(Reason.ASKED);
            }
        }
    }

    private static void requireReason(
            BaseModel base,
            Adapter adapter,
            double dropout,
            PassContext.@Nullable Dropout pass,
            @Nullable Reason reason) {
        try (Policy policy = Policy.adapted(base, adapter.on(base, dropout), false, false)) {
            assertThat(reasons(policy, pass)).containsOnly(reason);
        }
    }

    /** What is scored has the same bits whichever way, with the adapter and without. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource("written")
    void scoresDontDependOnTheWay(String family) {
        for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
            try (BaseModel base = TinyPolicies.base(family, dtype);
                    Policy one = Policy.adapted(base, TinyPolicies.adapter(base, 0), true, false);
                    Policy other = Policy.adapted(base, TinyPolicies.adapter(base, 0), true, false)) {
                other.plan().useAutograd();
                PackedBatch batch = TinyPolicies.batch(base);
                assertThat(one.score(batch).logProbs())
                        .isEqualTo(other.score(batch).logProbs());
                assertThat(one.score(batch, one.base()).logProbs())
                        .isEqualTo(other.score(batch, other.base()).logProbs());
                assertThat(one.score(batch, one.start()).logProbs())
                        .isEqualTo(other.score(batch, other.start()).logProbs());
            }
        }
    }
}
