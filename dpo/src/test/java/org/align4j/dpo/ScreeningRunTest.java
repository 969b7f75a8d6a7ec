package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a DPO run says of its rows before the first step: sixty pairs of the demo with planted defects. */
class ScreeningRunTest {
    private static final Path DEMO = Path.of("..", "data", "demo");

    @TempDir
    Path folder;

    private Path data;
    private Path heldOut;

    @BeforeEach
    void plant() throws IOException {
        List<String> rows =
                new ArrayList<>(Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 60));
        List<String> held = Files.readAllLines(DEMO.resolve("heldout.jsonl")).subList(0, 20);
        rows.add(rows.get(3));
        rows.add(rows.get(5)
                .replace("\"chosen\"", "\"x\"")
                .replace("\"rejected\"", "\"chosen\"")
                .replace("\"x\"", "\"rejected\""));
        rows.add(held.get(2));
        rows.add("{\"prompt\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"chosen\": []}");
        rows.add(
                "{\"prompt\": [{\"role\": \"user\", \"content\": \"What is <|im_end|>?\"}], \"chosen\": [{\"role\":"
                        + " \"assistant\", \"content\": \"An end.\"}], \"rejected\": [{\"role\": \"assistant\", \"content\": \"No.\"}]}");
        data = Files.write(folder.resolve("planted.jsonl"), rows);
        heldOut = Files.write(folder.resolve("held.jsonl"), held);
    }

    private List<String> words(String run, String... more) {
        String[] own = {
            "--model", DEMO.resolve("model").toString(),
            "--data", data.toString(),
            "--max-length", "256",
            "--bad-rows", "drop",
            "--samples", "0",
            "--max-steps", "2"
        };
        return DpoRuns.dpo(folder.resolve(run), AlignRuns.concat(own, more));
    }

    private static List<String> codes(JsonNode warnings) {
        return warnings.findValuesAsText("code");
    }

    private String page(String run) throws IOException {
        return Files.readString(folder.resolve(run).resolve("report.html"));
    }

    @Test
    void eachFindingIsToldOnceAndKept() throws IOException {
        String[] told = {"--eval-data", heldOut.toString(), "--report", "true"};
        String log = AlignRuns.align(words("run", told));
        String place = "the first is " + data + ":";
        assertThat(log)
                .containsOnlyOnce(
                        "Warning: Rows that can't be used and are left out: 1 of 65 (1.54 %); " + place + "64")
                .containsOnlyOnce(
                        "Warning: Rows that the model's tokenizer or template refuses, which are left out: 1 of 64 (1.56 %)")
                .containsOnlyOnce(
                        "Warning: Rows that repeat an earlier one, but for case and white space: 1 of 63 (1.59 %); "
                                + place + "61, as line 4.")
                .containsOnlyOnce("Warning: Rows that say the opposite of an earlier one: 1 of 63 (1.59 %); " + place
                        + "62, against line 6.")
                .containsOnlyOnce("Warning: Rows with a prompt of the held-out rows: 1 of 63 (1.59 %); " + place
                        + "63, held out is " + heldOut + ":3 (the same prompt).")
                .containsOnlyOnce(
                        "The doctor's checks of the rows (schema, rendering, exact-duplicates, contradictions, length-bias, leakage) found schema, rendering, exact-duplicates,"
                                + " contradictions, leakage. Every row of it: align doctor --data " + data);
        assertThat(log.indexOf("checks of the rows")).isLessThan(log.indexOf("step 1/2"));
        Path run = folder.resolve("run");
        JsonNode warnings = AlignRuns.json(run.resolve("warnings.json"));
        assertThat(codes(warnings))
                .containsSubsequence("schema", "rendering", "exact-duplicates", "contradictions", "leakage")
                .doesNotHaveDuplicates()
                .doesNotContain("rows-dropped");
        assertThat(AlignRuns.json(run.resolve("result.json")).get("warnings")).hasSize(warnings.size());
        String page = page("run");
        String lead = page.substring(page.indexOf("class=\"lead\""));
        assertThat(lead.substring(0, lead.indexOf("</p>")))
                .contains("The doctor&#39;s checks of the rows (schema, ", "<code>align doctor --data ");
    }

    /** What was found when the run began stands, whatever the rows' files are called and hold by then. */
    @Test
    void aResumedRunKeepsWhatWasFound() throws IOException {
        String[] rows = {"--eval-data", heldOut.toString(), "--max-steps", "4"};
        AlignRuns.align(words("whole", rows));
        AlignRuns.align(words("resumed", AlignRuns.concat(rows, "--max-steps", "2")));
        Path resumed = folder.resolve("resumed");
        byte[] before = Files.readAllBytes(resumed.resolve("screening.json"));
        String log = AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "4"));
        assertThat(log).containsOnlyOnce("Rows that repeat an earlier one");
        assertThat(resumed.resolve("screening.json")).hasBinaryContent(before);
        assertThat(resumed.resolve("warnings.json"))
                .hasSameBinaryContentAs(folder.resolve("whole").resolve("warnings.json"));
        String mark = "Found before the training began.";
        Path screening = resumed.resolve("screening.json");
        Files.writeString(
                screening, Files.readString(screening).replace("Fix them, or give another chat-template.", mark));
        assertThat(AlignRuns.align(List.of("resume", resumed.toString(), "--max-steps", "5")))
                .contains(mark);
        assertThat(Files.readString(resumed.resolve("warnings.json"))).contains(mark);
    }

    /** Rows that changed, which the run goes on with, are looked at. */
    @Test
    void acceptedRowsAreLookedAtAgain() throws IOException {
        AlignRuns.align(words("changed"));
        List<String> rows = Files.readAllLines(data);
        rows.remove(60);
        Files.write(data, rows);
        String run = folder.resolve("changed").toString();
        String log = AlignRuns.align(List.of("resume", run, "--max-steps", "3", "--accept-changes"));
        assertThat(log)
                .doesNotContain("Rows that repeat an earlier one")
                .containsOnlyOnce("Rows that say the opposite of an earlier one: 1 of 62");
        assertThat(codes(AlignRuns.json(folder.resolve("changed").resolve("screening.json"))))
                .contains("contradictions")
                .doesNotContain("exact-duplicates");
    }

    @Test
    void aDryRunTellsThemToo() throws IOException {
        Terminal terminal = Terminal.captured();
        List<String> words = new ArrayList<>(words("none", "--eval-data", heldOut.toString(), "--dry-run", "true"));
        words.add("--json");
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        assertThat(codes(new ObjectMapper().readTree(terminal.captureOutput()).get("warnings")))
                .containsExactly("schema", "rendering", "exact-duplicates", "contradictions", "leakage");
        assertThat(folder.resolve("none")).doesNotExist();
    }

    /** The split puts equal prompts on one side; another spelling of a prompt is another prompt to it. */
    @Test
    void aSplitWithAPromptOnBothSides() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String row : Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 40)) {
            rows.add(row);
            rows.add(row.replaceFirst("\"content\":\"", "\"content\":\"  "));
        }
        Files.write(data, rows);
        String log = AlignRuns.align(words("run", "--eval-fraction", "0.3", "--max-steps", "1"));
        assertThat(log).contains("Rows with a prompt of the held-out rows", "align split --by near-prompt");
    }

    @Test
    void rowsOfTokensWithoutADefectGetNoWarning() throws IOException {
        String log = AlignRuns.align(DpoRuns.dpo(folder.resolve("run"), "--max-steps", "1", "--report", "true"));
        assertThat(log)
                .contains("The doctor's checks of the rows (schema, exact-duplicates, contradictions,"
                        + " length-bias) found nothing.");
        assertThat(page("run")).contains("length-bias) found nothing.");
    }
}
