package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.weights.SafetensorsFile;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A reference that follows the policy is what TR-DPO's formula says, tensor by tensor. */
class SyncedReferenceTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());
    private static final double MIXUP = 0.6;

    @TempDir
    Path checkpoint;

    private static Policy policy(BaseModel base, boolean full) {
        return full ? Policy.full(base, false) : Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false);
    }

    private static void train(Policy policy) {
        try (AdamW optimizer = new AdamW(
                policy.trainables(),
                new AdamW.Settings(0.9, 0.999, 1e-8, 0),
                policy.base().engine().open())) {
            policy.trainables().zeroGradients();
            TinyPolicies.pass(policy, BATCH, null);
            optimizer.apply(1e-2, 1);
        }
    }

    private Map<String, float[]> saved(SyncedReference reference) throws IOException {
        reference.save(checkpoint);
        Map<String, float[]> values = new HashMap<>();
        SafetensorsFile.open(checkpoint.resolve("reference.safetensors"))
                .tensors()
                .forEach((name, tensor) -> values.put(name, tensor.floats()));
        return values;
    }

    /** In Java floats: both products are rounded, then their sum. */
    private static Map<String, float[]> mixed(Map<String, float[]> reference, Map<String, float[]> policy) {
        Map<String, float[]> result = new HashMap<>();
        policy.forEach((name, own) -> {
            float[] mixed = new float[own.length];
            for (int i = 0; i < own.length; i++) {
                mixed[i] = (float) (1 - MIXUP) * reference.get(name)[i] + (float) MIXUP * own[i];
            }
            result.put(name, mixed);
        });
        return result;
    }

    private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet()).isNotEmpty();
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
    }

    @ParameterizedTest
    @CsvSource({"F32,false", "F32,true", "BF16,false", "BF16,true"})
    void startsAsThePolicyAndMovesByTheFormulaExactly(Dtype dtype, boolean full) throws IOException {
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = policy(base, full)) {
            float[] start = policy.score(BATCH).logProbs();
            SyncedReference reference = SyncedReference.of(policy);
            assertThat(policy.score(BATCH, reference).logProbs()).isEqualTo(start);
            Map<String, float[]> expected = TrainedValues.of(policy);
            train(policy);
            assertThat(policy.score(BATCH, reference).logProbs()).isEqualTo(start);
            assertThat(policy.score(BATCH).logProbs()).isNotEqualTo(start);
            for (int move = 0; move < 2; move++) {
                expected = mixed(expected, TrainedValues.of(policy));
                reference.sync(MIXUP);
                assertSame(saved(reference), expected);
                train(policy);
            }
            assertThat(policy.score(BATCH, reference).logProbs())
                    .isNotEqualTo(start)
                    .isNotEqualTo(policy.score(BATCH).logProbs());
            reference.sync(1);
            assertSame(saved(reference), TrainedValues.of(policy));
            assertThat(policy.score(BATCH, reference).logProbs())
                    .isEqualTo(policy.score(BATCH).logProbs());
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,false", "F32,true", "BF16,false", "BF16,true"})
    void comesBackFromACheckpointBitByBit(Dtype dtype, boolean full) throws IOException {
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = policy(base, full);
                Policy other = policy(base, full)) {
            SyncedReference reference = SyncedReference.of(policy);
            train(policy);
            reference.sync(MIXUP);
            reference.save(checkpoint);
            SyncedReference loaded = SyncedReference.of(other);
            loaded.load(checkpoint);
            assertThat(other.score(BATCH, loaded).logProbs())
                    .isEqualTo(policy.score(BATCH, reference).logProbs());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void withoutTheAdapterItStartsAsTheBase(Dtype dtype) {
        try (BaseModel base = TinyPolicies.base(dtype)) {
            AdapterValues adapter = TinyPolicies.adapter(base, 0);
            try (Policy policy = Policy.adapted(base, adapter, false, false)) {
                SyncedReference reference = SyncedReference.ofBase(policy, adapter);
                assertThat(policy.score(BATCH, reference).logProbs())
                        .isEqualTo(policy.score(BATCH, policy.base()).logProbs())
                        .isNotEqualTo(policy.score(BATCH).logProbs());
            }
        }
    }

    /** 4 bytes a value, and 2 more where passes read bf16. */
    @ParameterizedTest
    @CsvSource({"F32,4", "BF16,6"})
    void itsMemoryIsThatOfWhatTrains(Dtype dtype, int bytes) {
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = policy(base, true)) {
            assertThat(SyncedReference.bytes(policy))
                    .isEqualTo(bytes * policy.trainables().elements());
        }
    }
}
