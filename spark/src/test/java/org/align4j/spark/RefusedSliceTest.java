package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.error.RunException;
import org.align4j.core.run.RunEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What an executor can't take it answers, so that Spark doesn't try again: memory that is refused, and files that aren't the driver's. */
@EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
class RefusedSliceTest {
    private static final String[] CLUSTER = {"--cluster", "local-cluster[2,1,1024]"};
    private static final String WEIGHTS = "model.safetensors";
    private static final String OF_EXECUTORS = "spark.executorEnv." + RefusedLoss.FILE;

    private static final String OF_PROCESSORS = "spark.executorEnv.ATEN_CPU_CAPABILITY";

    @TempDir
    Path folder;

    @BeforeEach
    @AfterEach
    void clear() {
        System.clearProperty(RefusedLoss.FILE);
        System.clearProperty(OF_EXECUTORS);
        System.clearProperty(OF_PROCESSORS);
    }

    @Test
    void whereAnExecutorIsRefusedMemoryAllTakeSmallerForwards() throws IOException {
        String[] loss = {"--loss", RefusedLoss.class.getName()};
        System.setProperty(OF_EXECUTORS, folder.resolve("refused").toString());
        Path run = folder.resolve("run");
        String log = AlignRuns.align(TinyRuns.dpo(run, AlignRuns.concat(loss, CLUSTER)));
        assertThat(log).contains("Out of memory with micro-batch-tokens 48: the same rows again with ");
        System.setProperty(RefusedLoss.FILE, folder.resolve("refused here").toString());
        Path plain = folder.resolve("plain");
        assertThat(AlignRuns.align(TinyRuns.dpo(plain, loss))).contains("Out of memory with micro-batch-tokens 48");
        AlignRuns.assertSame(run, plain);
    }

    /** The reward is asked on an executor, where memory is refused when the responses are compared. */
    @Test
    void whereAnExecutorIsRefusedMemoryAllCompareAgain() throws IOException {
        String[] reward = {"--reward", RefusedReward.class.getName()};
        System.setProperty(OF_EXECUTORS, folder.resolve("refused").toString());
        Path run = folder.resolve("run");
        String log = AlignRuns.align(TinyRuns.ppo(run, AlignRuns.concat(reward, CLUSTER)));
        assertThat(log).contains("Out of memory with micro-batch-tokens 48: the same rows again with ");
        System.setProperty(RefusedLoss.FILE, folder.resolve("refused here").toString());
        Path plain = folder.resolve("plain");
        assertThat(AlignRuns.align(TinyRuns.ppo(plain, reward))).contains("Out of memory with micro-batch-tokens 48");
        AlignRuns.assertSame(run, plain);
    }

    @Test
    void aRewardModelThatIsAnotherOnTheExecutorsEndsTheRun() throws IOException {
        Path model = copied(TinyRuns.REWARD.resolve("models").resolve("reward-a"));
        assertEnds(
                "reward 1 " + WEIGHTS + " has the hash",
                RefusedSliceTest::flip,
                model,
                TinyRuns.ppo(folder.resolve("run"), AlignRuns.concat(CLUSTER, "--reward", model.toString())));
    }

    @Test
    void aModelThatIsAnotherOnTheExecutorsEndsTheRun() throws IOException {
        assertEnds("has the hash", RefusedSliceTest::flip);
    }

    private static void flip(Path model) throws IOException {
        byte[] weights = Files.readAllBytes(model.resolve(WEIGHTS));
        weights[weights.length - 1] ^= 1;
        Files.write(model.resolve(WEIGHTS), weights);
    }

    @Test
    void aModelThatExecutorsDontFindEndsTheRun() throws IOException {
        assertEnds(WEIGHTS, model -> Files.delete(model.resolve(WEIGHTS)));
    }

    /** Executors whose vectors are switched off round otherwise. */
    @Test
    void processorsOfAnotherKindAreRefusedByHostOrAcceptedAndToldOf() throws IOException {
        System.setProperty(OF_PROCESSORS, "default");
        String host = InetAddress.getLocalHost().getHostName();
        assertThat(AlignRuns.ends(1, TinyRuns.dpo(folder.resolve("refused"), CLUSTER)))
                .contains(host + ": The executor's machine", "ATEN_CPU_CAPABILITY", "cluster-mixed true");
        Path run = folder.resolve("run");
        AlignRuns.align(TinyRuns.dpo(run, AlignRuns.concat(CLUSTER, "--cluster-mixed", "true", "--report", "true")));
        assertThat(AlignRuns.json(run.resolve("manifest.json"))
                        .get("cluster_mixed")
                        .asBoolean())
                .isTrue();
        assertThat(run.resolve("report.html")).content().contains("of mixed processors");
    }

    private interface Change {
        void to(Path model) throws IOException;
    }

    /** The driver has opened the model when it is changed. */
    private void assertEnds(String reason, Change change) throws IOException {
        Path model = copied(TinyRuns.MODEL);
        String[] options = AlignRuns.concat(CLUSTER, "--model", model.toString());
        assertEnds(reason, change, model, TinyRuns.dpo(folder.resolve("run"), options));
    }

    private static void assertEnds(String reason, Change change, Path model, List<String> words) throws IOException {
        long[] connected = new long[1];
        Consumer<RunEvent> log = event -> {
            if (event instanceof RunEvent.Progress note && note.label().startsWith("Forwards are taken by")) {
                connected[0] = System.nanoTime();
                RefusedSliceTest.make(change, model);
            }
        };
        assertThatThrownBy(() -> TinyRuns.train(words, log))
                .isExactlyInstanceOf(RunException.class) // exit code 1
                .hasMessageContaining(InetAddress.getLocalHost().getHostName() + ": ")
                .hasMessageContaining(reason);
        assertThat(Duration.ofNanos(System.nanoTime() - connected[0])).isLessThan(Duration.ofSeconds(60));
    }

    private static void make(Change change, Path model) {
        try {
            change.to(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path copied(Path from) throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        for (String name : List.of("config.json", WEIGHTS)) {
            Files.copy(from.resolve(name), model.resolve(name));
        }
        return model;
    }
}
