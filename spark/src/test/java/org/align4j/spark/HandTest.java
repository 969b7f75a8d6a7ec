package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Holding;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.cluster.NumberSegments;
import org.align4j.core.session.cluster.Taker;
import org.align4j.core.session.cluster.TakerModels;
import org.align4j.spark.SliceTask.ExecutorModels;
import org.junit.jupiter.api.Test;

class HandTest {
    private static final Path MODEL =
            Path.of("..", "dpo", "src", "test", "resources", "reference", "traces", "models", "llama-a");

    /** Each task waits for the other within its work, which ends only where both are at work. */
    @Test
    void tasksOfOneRoundAreSideBySideAndTakeItsValuesOnce() {
        try (BaseModel base =
                        BaseModel.load(MODEL, Families.decoder(MODEL), Engine.cpu(), Holding.resident(Dtype.F32));
                Policy policy = Policy.frozen(base)) {
            TakerModels hand = new TakerModels(new Taker(Map.of(), List.of(policy), List.of()));
            CyclicBarrier both = new CyclicBarrier(2);
            AtomicInteger taken = new AtomicInteger();
            List<CompletableFuture<Integer>> tasks = Stream.of(1, 2)
                    .map(task -> CompletableFuture.supplyAsync(() -> hand.take(
                            7,
                            () -> {
                                taken.incrementAndGet();
                                return new NumberSegments[0];
                            },
                            () -> met(both, task))))
                    .toList();
            assertThat(tasks.stream().map(CompletableFuture::join)).containsExactly(1, 2);
            assertThat(taken).hasValue(1);
        }
    }

    @Test
    void anExecutorComputesOnTheCardThatSparkGaveIt() {
        String config = "model: m\ndevice: gpu\nthreads: 1\n";
        assertThat(ExecutorModels.onOwnCard(config, List.of("3", "4")))
                .isEqualTo("model: m\ndevice: gpu:3\nthreads: 1\n");
        assertThat(ExecutorModels.onOwnCard("device: cpu\n", List.of())).isEqualTo("device: cpu\n");
        assertThatThrownBy(() -> ExecutorModels.onOwnCard(config, List.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("Spark gave the executor none", "spark.executor.resource.gpu.amount");
    }

    private static int met(CyclicBarrier both, int task) {
        try {
            both.await(20, TimeUnit.SECONDS);
            return task;
        } catch (Exception alone) {
            throw new IllegalStateException("The other task is not at work.", alone);
        }
    }
}
