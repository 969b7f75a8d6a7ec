package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.Align4j;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.compare.ComparisonResult;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program's doctor, comparison, merge and report come to what the commands come to. */
class FacadeDoorsTest {
    private static final Path PAIRS = Path.of("..", "data", "demo", "train.jsonl");

    private static final List<String> FIRST = List.of("Look for it yourself.", "What a dull question.", "No.");
    private static final List<String> OTHER =
            List.of("You find it at the mill, my dear.", "Of iron. Take good care.", "Gladly.");

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
    void aComparisonHasTheFiguresOfTheCommand() throws IOException {
        Path first = answers("first.jsonl", FIRST);
        Path other = answers("other.jsonl", OTHER);
        Path votes = folder.resolve("votes.jsonl");
        Files.write(
                votes,
                IntStream.range(0, 3)
                        .mapToObj(i -> "{\"prompt\": \"Question " + i
                                + "?\", \"a\": \"first\", \"b\": \"other\", \"winner\": \"b\"}")
                        .toList());
        String judge = "recorded:" + votes;
        Path out = folder.resolve("compared");
        AlignRuns.align(
                List.of("compare", "--answers", first + "," + other, "--judge", judge, "--out", out.toString()));
        ComparisonResult found = Align4j.compare(judge, first, other);
        JsonNode told = AlignRuns.json(out.resolve("compare.json"));
        assertThat(found.judges()).singleElement().satisfies(result -> {
            assertThat(result.wins().rate())
                    .isEqualTo(told.get("judges").get(0).get("win_rate").asDouble())
                    .isEqualTo(1);
            assertThat(result.matches()).isEqualTo(3);
        });
        assertThatThrownBy(() -> Align4j.compare(judge, first))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("two or more");
        assertThatThrownBy(() -> Align4j.compare("nobody:x", first, other)).isInstanceOf(InputException.class);
    }

    private Path answers(String name, List<String> texts) throws IOException {
        Path file = folder.resolve(name);
        Files.write(
                file,
                IntStream.range(0, texts.size())
                        .mapToObj(i -> "{\"prompt\": \"Question " + i + "?\", \"output\": \"" + texts.get(i) + "\"}")
                        .toList());
        return file;
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
