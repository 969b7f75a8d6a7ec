package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.InjectedLog.Row;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows whose prompt is put into another log, as it is or otherwise written: they are found, and no others. */
class OverlapTest {
    @TempDir
    Path folder;

    @Test
    void promptsOfEvaluationRowsAreFoundInAnyCaseAndSpacing() throws Exception {
        InjectedLog log = new InjectedLog(1, 300);
        List<Row> data = new ArrayList<>(log.rows().subList(0, 200));
        List<Row> heldOut = new ArrayList<>(log.rows().subList(200, 300));
        for (int n = 0; n < 60; n++) {
            String prompt = data.get(n).text("prompt");
            heldOut.get(n)
                    .with(
                            "prompt",
                            switch (n % 3) {
                                case 0 -> prompt;
                                case 1 ->
                                    prompt.toUpperCase(Locale.ROOT)
                                            .replace("HUMAN:", "Human:")
                                            .replace("ASSISTANT:", "Assistant:");
                                default -> prompt.replace(" ", "   ") + "  ";
                            });
        }
        Finding leakage = examine(data, heldOut, null).finding("leakage").orElseThrow();
        assertThat(leakage.level()).isEqualTo(Level.RED);
        assertThat(leakage.sightings().stream()
                        .map(Sighting::row)
                        .map(row -> row - 100 + 1)
                        .toList())
                .isEqualTo(IntStream.rangeClosed(1, 60).boxed().toList());
        assertThat(leakage.sightings().stream()
                        .map(sighting -> sighting.other() + 1)
                        .toList())
                .isEqualTo(IntStream.rangeClosed(1, 60).boxed().toList());
    }

    @Test
    void questionsOfABenchmarkAreFoundInPromptsAndAnswers() throws Exception {
        InjectedLog log = new InjectedLog(2, 100);
        String question =
                "Which of the nine tributaries that join the river below the old mill freezes first in a hard winter?";
        log.rows().get(10).with("chosen", "You may ask: " + question.toLowerCase(Locale.ROOT) + " I don't know.");
        log.rows().get(20).with("prompt", "\n\nHuman: " + question + "\n\nAssistant:");
        log.rows().get(30).with("prompt", "What freezes first?");
        List<Row> items = new ArrayList<>();
        items.add(new Row(Map.of("query", question, "choices", List.of("a", "b"), "gold", 0)));
        Finding found =
                examine(log.rows(), null, items).finding("contamination").orElseThrow();
        assertThat(found.sightings().stream()
                        .map(sighting -> sighting.row() - items.size())
                        .toList())
                .containsExactly(10, 20);
        assertThat(found.sightings()).allMatch(sighting -> sighting.other() == 0);
    }

    /** Benchmarks that come as tables have their names of columns in capitals, and questions in quotes that hold commas. */
    @Test
    void benchmarksMayBeTables() throws Exception {
        InjectedLog log = new InjectedLog(4, 50);
        log.rows().get(10).with("prompt", "What happens, if anything, to salt water when it freezes in winter?");
        String question = "\"What happens, if anything, to salt water when it freezes in winter?\"";
        for (String separator : List.of(",", "\t")) {
            Path table = folder.resolve(separator.equals(",") ? "items.csv" : "items.tsv");
            Files.write(
                    table,
                    List.of(
                            String.join(separator, "Category", "Question", "Best Answer"),
                            String.join(separator, "Ice", "Who skates?", "Many."),
                            String.join(separator, "Ice", question, "Most of the salt stays behind.")));
            Finding found = Doctor.examine(
                            new Logs(write("data.jsonl", log.rows()), null, LogSource.of(List.of(table))),
                            1,
                            null,
                            rows -> {})
                    .finding("contamination")
                    .orElseThrow();
            assertThat(found.sightings()).extracting(Sighting::row).containsExactly(2 + 10);
            assertThat(found.sightings()).extracting(Sighting::other).containsExactly(1);
        }
    }

    /** The held-out prompt in the middle is one of the data's with a word changed; the others differ in a number from all of these. */
    @Test
    void aPromptWithAnotherNumberIsAnotherPrompt() throws Exception {
        List<Row> data = new ArrayList<>();
        for (int n = 70; n < 90; n++) {
            data.add(question("Please work out what 20 plus " + n + " comes to, with the calculator."));
        }
        List<Row> heldOut = List.of(
                question("Please work out what 20 plus 91 comes to, with the calculator."),
                question("Please work out what 20 plus 76 comes to, with a calculator."),
                question("Please work out what 76 plus 20 comes to, with the calculator."),
                question("Please work out what 2 plus 76 comes to, with the calculator."));
        Finding leakage = examine(data, heldOut, null).finding("leakage").orElseThrow();
        assertThat(leakage.sightings()).singleElement().satisfies(sighting -> {
            assertThat(sighting.row() - heldOut.size()).isEqualTo(76 - 70);
            assertThat(sighting.other()).isEqualTo(1);
        });
        assertThat(examine(data, null, null)
                        .finding("near-duplicates")
                        .orElseThrow()
                        .sightings())
                .isEmpty();
    }

    /** An order's number names something: a customer's question is the same one about another order. */
    @Test
    void aLongNumberIsAName() throws Exception {
        Finding leakage = examine(
                        List.of(question("Where is my order 4812907, which was promised for last week?")),
                        List.of(question("Where is my order 4812955, which was promised for last week?")),
                        null)
                .finding("leakage")
                .orElseThrow();
        assertThat(leakage.sightings()).hasSize(1);
    }

    private static Row question(String prompt) {
        return new Row(Map.of("prompt", prompt));
    }

    @Test
    void wordsOfATemplateAreNoLeak() throws Exception {
        InjectedLog log = new InjectedLog(3, 100);
        String template = "Please answer the following question as well as you can, step by step, and be brief: ";
        log.rows().forEach(row -> row.with("prompt", template + row.text("prompt")));
        Finding leakage = examine(log.rows().subList(0, 60), log.rows().subList(60, 100), null)
                .finding("leakage")
                .orElseThrow();
        assertThat(leakage.sightings()).isEmpty();
    }

    private Examination examine(List<Row> data, List<Row> heldOut, List<Row> items) throws Exception {
        return Doctor.examine(
                new Logs(
                        write("data.jsonl", data),
                        heldOut == null ? null : write("heldout.jsonl", heldOut),
                        items == null ? null : write("items.jsonl", items)),
                2,
                null,
                rows -> {});
    }

    private LogSource write(String name, List<Row> rows) throws Exception {
        Path file = folder.resolve(name);
        Files.writeString(file, rows.stream().map(Row::json).collect(Collectors.joining("\n")));
        return LogSource.of(List.of(file));
    }
}
