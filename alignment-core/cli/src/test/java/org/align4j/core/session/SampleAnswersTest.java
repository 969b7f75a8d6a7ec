package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.Sample;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers before and after a small run, where the shared model is there. */
class SampleAnswersTest {
    @TempDir
    Path folder;

    private Path run(String name, int samples) throws IOException {
        Path model = ReferenceFolder.shared().resolve("models").resolve("tinystories-656k");
        Assumptions.assumeTrue(Files.isDirectory(model), "no shared models");
        Path rows = Files.write(
                folder.resolve("rows.jsonl"),
                List.of(
                        "{\"prompt\":\"Once upon a time\",\"completion\":\" Tom was sad.\"}",
                        "{\"prompt\":\"Lily saw\",\"completion\":\" a dog. The dog was sad.\"}"));
        Path out = folder.resolve(name);
        int code = Align.run(
                Terminal.captured(),
                ("sft --dtype fp32 --max-steps 3 --batch-size 2 --learning-rate 0.01 --max-length 128 --report false"
                                + " --model " + model + " --data " + rows + " --out " + out + " --samples " + samples)
                        .split(" "));
        assertThat(code).isZero();
        return out;
    }

    @Test
    void areKeptAndChangeNothing() throws IOException {
        Path with = run("with", 1);
        Path without = run("without", 0);
        assertThat(new ReportFiles(without).samples()).isEmpty();
        List<Sample> samples = new ReportFiles(with).samples();
        assertThat(samples).hasSize(1);
        Sample sample = samples.get(0);
        assertThat(sample.row()).isZero();
        assertThat(sample.asked().text()).contains("Once upon a time");
        assertThat(sample.before()).startsWith(", a little girl named Lily");
        assertThat(sample.after()).isNotNull().isNotEqualTo(sample.before());
        assertThat(sample.chosen()).contains("Tom was sad.");
        assertThat(with.resolve("adapter").resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(without.resolve("adapter").resolve("adapter_model.safetensors"));
    }
}
