package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.eval.Warning;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFollowersTest {
    @TempDir
    Path run;

    /** Two seconds a step; every second step has a line, the last one too. */
    @Test
    void theConsoleTellsStepsEvaluationsAndWarnings() {
        List<String> lines = new ArrayList<>();
        AtomicLong clock = new AtomicLong();
        TrainingLog log = new RunFollowers(List.of(new ConsoleLog(lines::add, 2, clock::get)));
        log.begun(4, 7);
        log.warned(new Warning("few-rows", "There are only 3 rows.", "Collect more."));
        for (int step = 5; step <= 7; step++) {
            clock.addAndGet(2_000_000_000L);
            log.line(StepMetrics.EMPTY.with("step", step).with("loss", 0.5));
        }
        log.line(StepMetrics.EMPTY.with("step", 7).with("eval_loss", 0.6));
        log.note("A note.");
        assertThat(lines)
                .containsExactly(
                        "going on after step 4 of 7",
                        "warning: There are only 3 rows. Collect more.",
                        "step 6/7   85 %  loss 0.5000  2 s left",
                        "step 7/7  100 %  loss 0.5000",
                        "evaluation after step 7: loss 0.6000",
                        "A note.");
    }

    /** Stopped after step 2 and resumed from the checkpoint of step 1, the file has the steps of a run that wasn't. */
    @Test
    void tensorBoardGoesOnFromTheCheckpoint() throws IOException {
        TensorBoardLog log = new TensorBoardLog(run);
        log.begun(0, 3);
        log.line(StepMetrics.EMPTY.with("step", 1).with("loss", 0.5));
        long checkpoint = Files.size(file());
        log.line(StepMetrics.EMPTY.with("step", 2).with("loss", 0.25));
        long afterTwo = Files.size(file());
        log.begun(1, 3);
        assertThat(Files.size(file())).isEqualTo(checkpoint);
        log.line(StepMetrics.EMPTY.with("step", 2).with("loss", 0.25));
        log.close();
        assertThat(Files.size(file())).isEqualTo(afterTwo);
        log.begun(0, 3);
        log.close();
        assertThat(Files.size(file())).isEqualTo(40);
    }

    private Path file() {
        return run.resolve("tensorboard").resolve(TensorBoardWriter.FILE_NAME);
    }
}
