package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A run whose driver is killed goes on with another number of executors, and with none, to the undisturbed run's bytes. */
class ResumedClusterRunTest {
    private static final String[] OPTIONS = {"--max-steps", "12", "--save-every", "1", "--lora-dropout", "0.1"};

    @TempDir
    Path folder;

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void theDriverIsKilledAndGoesOnWithOneTwoOneFourAndTwoExecutors() throws Exception {
        Path plain = plain();
        Path run = folder.resolve("run");
        killAfter("step  2/12", begun(run, 1));
        killAfter("step  5/12", resumed(run, 2));
        killAfter("step  7/12", resumed(run, 1));
        killAfter("step 10/12", resumed(run, 4));
        AlignRuns.align(resumed(run, 2));
        AlignRuns.assertSame(run, plain);
        assertThat(AlignRuns.json(run.resolve("cluster.json")).findValuesAsText("place"))
                .as("the killed drivers' accounts stay")
                .containsExactly(cluster(1), cluster(2), cluster(1), cluster(4), cluster(2));
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void aSignalInAStepKeepsTheLastStep() throws Exception {
        Path plain = plain();
        Path run = folder.resolve("run");
        try (JavaProcess driver = JavaProcess.start(folder.resolve("log"), Align.class.getName(), begun(run, 2))) {
            driver.await(said -> said.contains("step  2/12"));
            driver.process().destroy();
            assertThat(driver.end()).as(driver.said()).isEqualTo(143);
        }
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        AlignRuns.align(resumed(run, 1));
        AlignRuns.assertSame(run, plain);
    }

    /** The cluster isn't kept: it is given anew, or this machine takes the slices. */
    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void withoutAClusterThisMachineGoesOn() throws Exception {
        Path plain = plain();
        Path run = folder.resolve("run");
        killAfter("step  3/12", begun(run, 1));
        assertThat(AlignRuns.align(List.of("resume", run.toString())))
                .contains("Forwards were taken by", "taken on this machine from here on");
        AlignRuns.assertSame(run, plain);
    }

    @Test
    void aRunWithoutSlicesGoesToNoCluster() throws Exception {
        Path run = folder.resolve("run");
        AlignRuns.align(TinyRuns.sft(run, "--gradient-slices", "auto", "--max-steps", "1"));
        assertThat(AlignRuns.ends(2, List.of("resume", run.toString(), "--max-steps", "2", "--cluster", cluster(1))))
                .contains("cluster is local-cluster[1,1,1024] but the run was begun without slices");
    }

    /** The undisturbed run, of this machine. */
    private Path plain() throws Exception {
        Path plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.dpo(plain, OPTIONS));
        return plain;
    }

    private static List<String> begun(Path run, int executors) {
        return TinyRuns.dpo(run, AlignRuns.concat(OPTIONS, "--cluster", cluster(executors)));
    }

    private static String cluster(int executors) {
        return "local-cluster[" + executors + ",1,1024]";
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void ppoGoesOnWithAnotherNumberOfExecutorsAndWithNone() throws Exception {
        String[] options = {"--max-steps", "6", "--save-every", "1"};
        Path plain = folder.resolve("plain");
        AlignRuns.align(TinyRuns.ppo(plain, options));
        Path run = folder.resolve("run");
        killAfter("step 2/6", TinyRuns.ppo(run, AlignRuns.concat(options, "--cluster", cluster(1))));
        killAfter("step 4/6", resumed(run, 2));
        AlignRuns.align(List.of("resume", run.toString()));
        AlignRuns.assertSame(run, plain);
    }

    /** What is made together is part of the result, and a run without batches has none to share. */
    @Test
    void aPpoRunWithoutBatchesGoesToNoCluster() throws Exception {
        Path run = folder.resolve("run");
        AlignRuns.align(TinyRuns.ppo(run, "--generation-batch", "auto", "--max-steps", "1"));
        assertThat(AlignRuns.ends(2, List.of("resume", run.toString(), "--max-steps", "2", "--cluster", cluster(1))))
                .contains("generation-batch is 0 but cluster is local-cluster[1,1,1024]", "or leave cluster out");
    }

    private static List<String> resumed(Path run, int executors) {
        return List.of("resume", run.toString(), "--cluster", cluster(executors));
    }

    private void killAfter(String line, List<String> words) throws Exception {
        try (JavaProcess driver = JavaProcess.start(folder.resolve("log"), Align.class.getName(), words)) {
            driver.await(said -> said.contains(line));
            List<ProcessHandle> executors = new Executors(driver.process().toHandle()).list();
            assertThat(executors).isNotEmpty();
            driver.kill();
            for (ProcessHandle executor : executors) {
                executor.onExit().get(60, TimeUnit.SECONDS);
            }
        }
    }
}
