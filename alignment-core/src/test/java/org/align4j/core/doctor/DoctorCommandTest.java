package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.doctor.InjectedLog.Row;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code align doctor} answers and leaves behind. */
class DoctorCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Path out() {
        return folder.resolve("out");
    }

    private record Answer(int code, String output, String log) {}

    private static Answer doctor(Object... arguments) {
        List<String> words = new ArrayList<>(List.of("doctor"));
        List.of(arguments).forEach(argument -> words.add(argument.toString()));
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        return new Answer(code, terminal.captureOutput(), terminal.captureLog());
    }

    private Path log(int defects) {
        InjectedLog log = new InjectedLog(1, 100);
        for (int n = 0; n < defects; n++) {
            Row row = log.take();
            log.add(row.copy());
            Row other = log.take();
            log.add(other.copy().with("chosen", other.text("rejected")).with("rejected", other.text("chosen")));
        }
        return log.writeAsIs(folder.resolve("log.jsonl"));
    }

    @Test
    void theExitCodeFollowsTheWorstFinding() {
        assertThat(doctor("--data", log(0)).code()).isEqualTo(0);
        assertThat(doctor("--data", log(0), "--fail-on", "amber").code())
                .as("100 rows are few")
                .isEqualTo(1);
        assertThat(doctor("--data", log(2)).code()).as("contradictions").isEqualTo(1);
        assertThat(doctor("--data", log(2), "--fail-on", "never").code()).isEqualTo(0);
        assertThat(doctor("--data", folder.resolve("none.jsonl")).code()).isEqualTo(2);
    }

    @Test
    void theDocumentHoldsOneEntryForEachCheckThatRan() throws Exception {
        Answer answer = doctor("--data", log(2), "--json", "--out", out());
        JsonNode document = JSON.readTree(answer.output());
        assertThat(document)
                .isEqualTo(JSON.readTree(out().resolve("doctor.json").toFile()));
        assertThat(document.get("rows").intValue()).isEqualTo(104);
        assertThat(document.get("verdict").textValue()).isEqualTo("red");
        JsonNode contradictions = finding(document, "contradictions");
        assertThat(contradictions.get("level").textValue()).isEqualTo("red");
        assertThat(contradictions.get("count").intValue()).isEqualTo(2);
        assertThat(contradictions.get("rows").intValue()).isEqualTo(104);
        assertThat(contradictions.get("rate").doubleValue()).isEqualTo(2 / 104.0);
        assertThat(contradictions.get("interval").get(0).doubleValue()).isBetween(0.0, 2 / 104.0);
        assertThat(contradictions.get("threshold").get("amber").doubleValue()).isZero();
        assertThat(contradictions.get("threshold").get("red").doubleValue()).isEqualTo(0.001);
        assertThat(contradictions.get("advice").textValue()).endsWith("--fix contradictions.");
        JsonNode example = contradictions.get("examples").get(0);
        assertThat(example.get("line").intValue()).isEqualTo(102);
        assertThat(example.get("other_line").intValue()).isLessThan(101);
        assertThat(example.get("text").get("chosen"))
                .isEqualTo(example.get("other_text").get("rejected"));
        assertThat(finding(document, "schema").get("level").textValue()).isEqualTo("green");
        assertThat(document.get("findings").findValuesAsText("id")).doesNotContain("leakage", "contamination");
        assertThat(Files.readAllLines(out().resolve("findings.jsonl")))
                .anyMatch(line ->
                        line.startsWith("{\"id\":\"contradictions\",\"file\":") && line.contains("\"line\":104"));
    }

    private static JsonNode finding(JsonNode document, String id) {
        return IntStream.range(0, document.get("findings").size())
                .mapToObj(document.get("findings")::get)
                .filter(finding -> finding.get("id").textValue().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void fixedRowsAreTheOthersByteForByte() throws Exception {
        Path log = log(3);
        List<String> before = Files.readAllLines(log);
        Answer answer = doctor("--data", log, "--fix", "exact-duplicates,contradictions", "--out", out());
        assertThat(answer.code()).isEqualTo(1);
        List<String> clean = Files.readAllLines(out().resolve("clean.jsonl"));
        List<JsonNode> removed = new ArrayList<>();
        for (String line : Files.readAllLines(out().resolve("removed.jsonl"))) {
            removed.add(JSON.readTree(line));
        }
        // Of each duplicate the later row goes; of two rows that contradict each other, both.
        assertThat(removed).hasSize(3 + 6);
        List<String> kept = new ArrayList<>(before);
        removed.stream()
                .map(row -> row.get("line").intValue())
                .sorted((a, b) -> b - a)
                .forEach(line -> kept.remove(line - 1));
        assertThat(clean).isEqualTo(kept);
        assertThat(removed).allSatisfy(row -> {
            assertThat(row.get("file").textValue()).isEqualTo(log.toString());
            assertThat(row.get("partner").isInt()).isTrue();
            assertThat(row.get("reason").textValue()).isIn("exact-duplicates", "contradictions");
        });
        assertThat(Files.readAllLines(log)).isEqualTo(before);
        Answer again = doctor("--data", out().resolve("clean.jsonl"), "--json");
        assertThat(JSON.readTree(again.output()).get("verdict").textValue()).isEqualTo("amber");
    }

    @Test
    void mostVotesWin() throws Exception {
        InjectedLog log = new InjectedLog(1, 50);
        Row row = log.take();
        log.add(row.copy());
        Row minority = log.add(row.copy().with("chosen", row.text("rejected")).with("rejected", row.text("chosen")));
        Path file = log.writeAsIs(folder.resolve("votes.jsonl"));
        doctor("--data", file, "--fix", "contradictions", "--out", out());
        assertThat(Files.readAllLines(out().resolve("removed.jsonl")))
                .singleElement()
                .satisfies(line -> {
                    assertThat(JSON.readTree(line).get("line").intValue())
                            .isEqualTo(log.rows().indexOf(minority) + 1);
                });
    }

    @Test
    void otherFilesBecomeLines() throws Exception {
        Path array = folder.resolve("rows.json");
        Files.writeString(
                array,
                "[\n{\"prompt\": \"p\", \"chosen\": \"a b c\", \"rejected\": \"d\"},\n"
                        + "{\"prompt\": \"p\", \"chosen\": \"x\"},\n{\"prompt\": \"q\", \"chosen\": \"e\", \"rejected\": \"f\"}]");
        doctor("--data", array, "--fix", "schema", "--out", out());
        assertThat(out().resolve("clean.jsonl"))
                .hasContent("{\"prompt\":\"p\",\"chosen\":\"a b c\",\"rejected\":\"d\"}\n"
                        + "{\"prompt\":\"q\",\"chosen\":\"e\",\"rejected\":\"f\"}\n");
        assertThat(out().resolve("removed.jsonl"))
                .hasContent("{\"file\":\"" + array + "\",\"line\":3,\"reason\":\"schema\"}\n");
    }

    @Test
    void theFilesAreTheSameForAnyNumberOfThreads() throws Exception {
        Path log = log(5);
        for (String threads : List.of("1", "3")) {
            doctor("--data", log, "--threads", threads, "--fix", "contradictions", "--out", folder.resolve(threads));
        }
        for (String name : List.of("doctor.json", "findings.jsonl", "clean.jsonl", "removed.jsonl")) {
            assertThat(folder.resolve("1").resolve(name))
                    .hasSameBinaryContentAs(folder.resolve("3").resolve(name));
        }
    }

    @Test
    void nothingIsOverwrittenThatIsRead() throws Exception {
        Path file = folder.resolve("clean.jsonl");
        Files.copy(log(0), file);
        assertThat(doctor("--data", file, "--out", folder).code()).isEqualTo(2);
        assertThat(doctor("--data", log(0), "--out", folder).log()).contains("clean.jsonl", "give another folder");
    }

    @Test
    void whatCannotBeFixedIsRefused() {
        Answer answer = doctor("--data", log(0), "--fix", "contradiction", "--out", out());
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.log()).contains("fix names contradiction", "did you mean contradictions?");
        assertThat(doctor("--data", log(0), "--fix", "schema").log()).contains("give --out");
        assertThat(out()).doesNotExist();
    }

    @Test
    void aBrokenFirstRowDoesNotDecideWhatTheOthersAre() throws Exception {
        Path file = folder.resolve("rows.jsonl");
        Files.writeString(file, "{\"prompt\": \"alone\"}\n" + Files.readString(log(0)));
        JsonNode document = JSON.readTree(doctor("--data", file, "--json").output());
        assertThat(finding(document, "schema").get("count").intValue()).isEqualTo(1);
        assertThat(finding(document, "schema")
                        .get("examples")
                        .get(0)
                        .get("line")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void thePageLoadsNothingAndShowsTextAsText() throws Exception {
        InjectedLog log = new InjectedLog(1, 60);
        Row row = log.take().with("chosen", "<script>alert(1)</script> Write to jane@example.org.");
        log.add(row.copy());
        doctor("--data", log.writeAsIs(folder.resolve("log.jsonl")), "--out", out());
        String page = Files.readString(out().resolve("doctor.html"));
        assertThat(page).contains("default-src 'none'", "&lt;script&gt;alert(1)&lt;/script&gt; Write to [e-mail].");
        assertThat(page).doesNotContain("<script>alert", "src=", "jane@example.org");
        assertThat(page).contains("class=\"red\"", "id=\"exact-duplicates\"", "id=\"search\"");
    }

    @Test
    void anEarlierExaminationIsReplacedAsAWhole() throws Exception {
        doctor("--data", log(2), "--fix", "contradictions", "--out", out());
        assertThat(out().resolve("clean.jsonl")).exists();
        assertThat(doctor("--data", log(0), "--out", out()).code()).isEqualTo(0);
        assertThat(out().resolve("clean.jsonl")).doesNotExist();
        assertThat(out().resolve("removed.jsonl")).doesNotExist();
        assertThat(Files.readString(out().resolve("findings.jsonl"))).doesNotContain("contradictions");
    }
}
