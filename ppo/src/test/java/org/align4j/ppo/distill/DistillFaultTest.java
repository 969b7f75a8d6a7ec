package org.align4j.ppo.distill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.cli.train.FaultSweep;
import org.align4j.core.cli.train.KernelSweep;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Distillation whose process is killed, whose disk fails, or that is refused memory: resumed to the last bit. */
class DistillFaultTest {
    private static final int KILLS = Trials.kills("align4j.distill.kills", 1, 20);

    @TempDir
    Path folder;

    private String[] options(DistillRuns runs) {
        return new String[] {
            "--save-every",
            "1",
            "--keep",
            "1",
            "--eval-fraction",
            "0.2",
            "--on-policy-share",
            "0.6",
            "--data",
            runs.answers().toString()
        };
    }

    private FaultSweep.Command words() throws IOException {
        DistillRuns runs = new DistillRuns(folder);
        runs.teacher();
        String[] own = AlignRuns.concat(options(runs), "--max-steps", "2");
        return out -> runs.words("run", AlignRuns.concat(own, "--out", out.toString()));
    }

    @Test
    void goesOnWhereMemoryIsRefused() throws IOException {
        assertThat(new KernelSweep(folder, words()).refusing(2)).isGreaterThanOrEqualTo(2);
    }

    @Tag("long")
    @Test
    void goesOnAfterAnyFailure() throws IOException {
        FaultSweep sweep = new FaultSweep(folder, words());
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }

    @Tag("long")
    @Test
    void sigkillAtRandomMomentsThenResumeIsBitIdentical() throws Exception {
        DistillRuns runs = new DistillRuns(folder);
        String[] own = AlignRuns.concat(options(runs), "--max-steps", "8", "--keep", "3");
        Random random = new Random(8);
        Path run = runs.at("run");
        ChildAlign.killAndResume(run, runs.words("run", own), KILLS, () -> 3 + random.nextInt(3));
        AlignRuns.align(runs.words("undisturbed", own));
        AlignRuns.assertSameToTheEnd(run, runs.at("undisturbed"), "distill.json");
    }
}
