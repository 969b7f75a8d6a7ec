package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a checkpoint holds is enough to go on bit by bit. */
class PolicyStateTest {
    private static final PackedBatch BATCH = TinyPolicies.batch(TinyPolicies.rows());
    private static final ModelCard CARD = ModelCard.of("base", "dpo");

    @TempDir
    Path checkpoint;

    /** A policy with its optimizer. */
    private static final class Training implements AutoCloseable {
        final Policy policy;
        final AdamW optimizer;
        final PolicyState state;

        Training(BaseModel base, boolean full) {
            @Nullable AdapterValues adapter = full ? null : TinyPolicies.adapter(base, 0.1);
            policy = adapter == null ? Policy.full(base, false) : Policy.adapted(base, adapter, false, false);
            optimizer = new AdamW(
                    policy.trainables(),
                    new AdamW.Settings(0.9, 0.999, 1e-8, 0.01),
                    base.engine().open());
            state = new PolicyState(policy, optimizer, adapter, CARD);
        }

        void train(int from, int to) {
            for (long step = from; step < to; step++) {
                policy.trainables().zeroGradients();
                TinyPolicies.pass(policy, BATCH, step);
                optimizer.apply(2e-3, 1);
            }
        }

        @Override
        public void close() {
            optimizer.close();
            policy.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,false", "F32,true", "BF16,false", "BF16,true"})
    void trainingGoesOnBitByBit(Dtype dtype, boolean full) throws IOException {
        try (BaseModel base = TinyPolicies.base(dtype);
                Training undisturbed = new Training(base, full);
                Training resumed = new Training(base, full)) {
            undisturbed.train(0, 3);
            undisturbed.state.save(checkpoint);
            float[] atCheckpoint = undisturbed.policy.score(BATCH).logProbs();
            undisturbed.train(3, 6);

            resumed.state.load(checkpoint);
            assertThat(resumed.optimizer.steps()).isEqualTo(3);
            assertThat(resumed.policy.score(BATCH).logProbs()).isEqualTo(atCheckpoint);
            resumed.train(3, 6);
            assertThat(TrainedValues.of(resumed.policy))
                    .usingRecursiveComparison()
                    .isEqualTo(TrainedValues.of(undisturbed.policy));
            assertSameFiles(undisturbed, resumed);
        }
    }

    private void assertSameFiles(Training first, Training second) throws IOException {
        Path one = Files.createDirectory(checkpoint.resolve("one"));
        Path two = Files.createDirectory(checkpoint.resolve("two"));
        first.state.save(one);
        second.state.save(two);
        assertThat(two.resolve("optimizer.safetensors")).hasSameBinaryContentAs(one.resolve("optimizer.safetensors"));
    }

    @Test
    void aCheckpointOfOtherOptionsIsRefused() throws IOException {
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Training lora = new Training(base, false);
                Policy other = Policy.full(base, false);
                AdamW optimizer = new AdamW(
                        other.trainables(),
                        new AdamW.Settings(0.9, 0.999, 1e-8, 0),
                        base.engine().open())) {
            lora.state.save(checkpoint);
            Files.move(
                    checkpoint.resolve("adapter").resolve("adapter_model.safetensors"),
                    checkpoint.resolve("weights.safetensors"));
            assertThatThrownBy(() -> new PolicyState(other, optimizer, null, CARD).load(checkpoint))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("the checkpoint is of a run with other options");
        }
    }
}
