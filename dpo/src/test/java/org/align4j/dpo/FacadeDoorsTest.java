package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program's doctor, merge and report come to what the commands come to. */
class FacadeDoorsTest {
    private static final Path PAIRS = Path.of("..", "data", "demo", "train.jsonl");

    @TempDir
    Path folder;

    @Test
    void theDoctorFindsWhatTheCommandFinds() throws IOException {
        Path out = folder.resolve("doctor");
        AlignRuns.align(List.of("doctor", "--data", PAIRS.toString(), "--out", out.toString()));
        JsonNode told = AlignRuns.json(out.resolve("doctor.json"));
        Examination found = Align4j.doctor(PAIRS);
        assertThat(found.verdict().label()).isEqualTo(told.get("verdict").asText());
        assertThat(found.findings())
                .extracting(Finding::id)
                .containsExactlyElementsOf(told.get("findings").findValuesAsText("id"));
    }

    @Test
    void mergeAndReportWriteTheBytesOfTheCommands() throws IOException {
        Path run = folder.resolve("run");
        AlignRuns.align(DpoRuns.dpo(run, "--max-steps", "2"));
        AlignRuns.align(List.of(
                "merge",
                "--model",
                run.toString(),
                "--out",
                folder.resolve("command").toString()));
        Align4j.merge(run.toString(), null, folder.resolve("program"));
        Align4j.merge(DpoRuns.MODEL.toString(), run.toString(), folder.resolve("named"));
        for (String other : List.of("program", "named")) {
            assertThat(folder.resolve(other).resolve("model.safetensors"))
                    .hasSameBinaryContentAs(folder.resolve("command").resolve("model.safetensors"));
        }
        assertThatThrownBy(() -> Align4j.merge(run.toString(), null, folder.resolve("program")))
                .isInstanceOf(InputException.class);
        AlignRuns.align(List.of("report", run.toString()));
        byte[] page = Files.readAllBytes(run.resolve("report.html"));
        Files.delete(run.resolve("report.html"));
        assertThat(Align4j.report(run)).isEqualTo(run.resolve("report.html"));
        assertThat(Files.readAllBytes(run.resolve("report.html"))).isEqualTo(page);
    }
}
