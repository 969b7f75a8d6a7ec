package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeCommandTest {
    @TempDir
    Path folder;

    private Path run;
    private String log = "";

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    private int align(String... words) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words);
        log = terminal.captureLog();
        return code;
    }

    private int train(Path out, String... more) {
        List<String> words = new ArrayList<>(List.of("array", "--out", out.toString(), "--batch-size", "8"));
        words.addAll(List.of(more));
        return align(words.toArray(String[]::new));
    }

    @Test
    void aStoppedRunGoesOnAsIfNothingHadBeen() throws IOException {
        assertThat(train(folder.resolve("whole"), "--epochs", "2")).isZero();
        assertThat(log).contains("evaluation before the first step", "step 14/14");
        assertThat(train(run, "--epochs", "2", "--stop-in", "10")).isEqualTo(143);
        assertThat(log)
                .contains("step  9/14")
                .endsWith("Stopped by SIGTERM. Go on with: align resume " + run + System.lineSeparator());
        assertThat(align("resume", run.toString())).isZero();
        assertThat(log).contains("Going on after step 9 of 14.", "step 10/14", "step 14/14");
        assertThat(run.resolve("adapter/weights.bin"))
                .hasSameBinaryContentAs(folder.resolve("whole/adapter/weights.bin"));
    }

    @Test
    void aFinishedRunGoesFurtherOnlyWhenAsked() throws IOException {
        assertThat(train(run, "--max-steps", "3")).isZero();
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log).contains("is done (step 3 of 3); give epochs or max-steps to take it further.");
        assertThat(align("resume", run.toString(), "--epochs", "2", "--max-steps", "9"))
                .isEqualTo(2);
        assertThat(log).contains("epochs (2.0) and max-steps (9) both say how long the run is; drop one.");
        assertThat(align("resume", run.toString(), "--epochs", "1")).isZero();
        assertThat(log).contains("Going on after step 3 of 7.", "step 7/7");
        assertThat(Files.readString(run.resolve("config.yaml")))
                .contains("\nepochs: 1.0\n")
                .contains("\nmax-steps: none\n");
    }

    @Test
    void whatIsRefusedChangesNothing() throws IOException {
        assertThat(train(run, "--max-steps", "3")).isZero();
        String config = Files.readString(run.resolve("config.yaml"));
        assertThat(align("resume", run.toString(), "--max-steps", "2")).isEqualTo(2);
        assertThat(log).contains("has done 3 steps already but is to have 2");
        assertThat(run.resolve("config.yaml")).content().isEqualTo(config);
        assertThat(run.resolve("adapter")).isDirectory();
        Files.writeString(run.resolve("config.yaml"), config.replace("other-data: false", "other-data: true"));
        String manifest = Files.readString(run.resolve("manifest.json"));
        assertThat(align("resume", run.toString(), "--max-steps", "5", "--accept-changes"))
                .isEqualTo(2);
        assertThat(log).contains("data is no longer what it was");
        assertThat(run.resolve("adapter")).isDirectory();
        assertThat(run.resolve("manifest.json")).content().isEqualTo(manifest);
    }

    @Test
    void aRunWhoseResultIsEmptyGoesOn() throws IOException {
        assertThat(train(folder.resolve("whole"), "--epochs", "2")).isZero();
        assertThat(train(run, "--epochs", "2", "--stop-in", "10")).isEqualTo(143);
        Files.writeString(run.resolve("result.json"), "");
        assertThat(align("resume", run.toString())).isZero();
        assertThat(run.resolve("adapter/weights.bin"))
                .hasSameBinaryContentAs(folder.resolve("whole/adapter/weights.bin"));
        String result = Files.readString(run.resolve("result.json"));
        Files.writeString(run.resolve("result.json"), "{\"status\":");
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log).contains("is done (step 14 of 14)");
        assertThat(AlignRuns.json(run.resolve("result.json")).get("metrics"))
                .isEqualTo(new ObjectMapper().readTree(result).get("metrics"));
        Files.writeString(run.resolve("result.json"), "");
        assertThat(align("resume", run.toString(), "--epochs", "3")).isZero();
        assertThat(log).contains("Going on after step 14 of 21.");
    }

    @Test
    void whatIsNoRunIsRefused() throws IOException {
        assertThat(align("resume", folder.toString())).isEqualTo(2);
        assertThat(log).contains("is no run directory: it has no config.yaml");
        assertThat(align("resume")).isEqualTo(2);
        assertThat(train(run, "--max-steps", "1")).isZero();
        Files.writeString(run.resolve("manifest.json"), "{\"command\": \"conjure\"}");
        assertThat(align("resume", run.toString())).isEqualTo(2);
        assertThat(log).contains("was begun by align conjure, which is no training command here");
    }
}
