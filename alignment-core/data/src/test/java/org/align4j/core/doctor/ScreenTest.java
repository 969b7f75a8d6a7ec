package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.Doctor.ScreenedRows;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checks that every training begins with, on rows with known defects. */
class ScreenTest {
    private static final List<String> IDS =
            List.of("schema", "exact-duplicates", "contradictions", "length-bias", "leakage");

    @TempDir
    Path folder;

    private final Random random = new Random(5);

    private String words(int count) {
        return random.ints(count, 0, 2000).mapToObj(word -> "w" + word).collect(Collectors.joining(" "));
    }

    private static String pair(String prompt, String chosen, String rejected) {
        return "{\"prompt\": \"" + prompt + "\", \"chosen\": \"" + chosen + "\", \"rejected\": \"" + rejected + "\"}";
    }

    private List<String> pairs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> pair(words(8), words(6), words(6)))
                .toList();
    }

    private LogSource log(String name, List<String> lines, RowKind kind) throws IOException {
        return new LogSource(RowSource.of(Files.write(folder.resolve(name), lines)), kind);
    }

    private static BitSet rows(int from, int to) {
        BitSet rows = new BitSet();
        rows.set(from, to);
        return rows;
    }

    private static Examination screen(ScreenedRows rows, int threads) {
        return Doctor.screen(rows, threads, seen -> {});
    }

    private static List<Integer> found(Examination examination, String id) {
        return examination.finding(id).orElseThrow().sightings().stream()
                .map(Sighting::row)
                .map(row -> row - examination.firstRow())
                .toList();
    }

    /** 200 pairs; then a repeated one in capitals, a swapped one, one without an answer and one whose prompt is held out. */
    private List<String> planted(String heldOutPrompt) {
        List<String> lines = new ArrayList<>(pairs(200));
        String[] words = lines.get(17).split("\"");
        lines.add(pair(words[3].toUpperCase(Locale.ROOT), words[7], "  " + words[11]));
        words = lines.get(18).split("\"");
        lines.add(pair(words[3], words[11], words[7]));
        lines.add("{\"prompt\": \"a\", \"chosen\": \"b\"}");
        lines.add(pair(heldOutPrompt, "One.", "Two."));
        return lines;
    }

    @Test
    void whatTheWholeExaminationFinds() throws IOException {
        List<String> held = pairs(30);
        LogSource heldOut = log("held.jsonl", held, RowKind.PAIRS);
        LogSource data = log("data.jsonl", planted(held.get(4).split("\"")[3]), RowKind.PAIRS);
        Examination screened = screen(new ScreenedRows(data, rows(0, 204), heldOut, rows(0, 30), null), 2);
        Examination whole = Doctor.examine(new Logs(data, heldOut, null), 2, null, seen -> {});
        assertThat(screened.findings().stream().map(Finding::id)).containsExactlyElementsOf(IDS);
        for (String id : IDS.subList(0, 3)) {
            assertThat(screened.finding(id)).as(id).isEqualTo(whole.finding(id));
        }
        assertThat(screened.finding("leakage")).isEqualTo(whole.finding("leakage"));
        assertThat(found(screened, "schema")).containsExactly(202);
        assertThat(found(screened, "exact-duplicates")).containsExactly(200);
        assertThat(found(screened, "contradictions")).containsExactly(201);
        assertThat(found(screened, "leakage")).containsExactly(203);
        assertThat(screened.places().of(screened.firstRow() + 203).line()).isEqualTo(204);
    }

    @Test
    void anyNumberOfThreads() throws IOException {
        LogSource data = log("data.jsonl", planted("Who?"), RowKind.PAIRS);
        ScreenedRows rows = new ScreenedRows(data, rows(0, 204), null, new BitSet(), null);
        assertThat(screen(rows, 1).findings()).isEqualTo(screen(rows, 7).findings());
    }

    /** A row of the file that is evaluated on is compared with, and is not itself a row to train on. */
    @Test
    void aPromptOnBothSidesOfTheSplitInAnotherSpelling() throws IOException {
        List<String> lines = new ArrayList<>(pairs(60));
        lines.set(50, pair("Where is the  KITE of Jonas?", "Here.", "There."));
        lines.set(9, pair("where is the kite of jonas?", "Up.", "Down."));
        lines.set(51, lines.get(52));
        LogSource data = log("data.jsonl", lines, RowKind.PAIRS);
        Examination screened = screen(new ScreenedRows(data, rows(0, 48), data, rows(48, 60), null), 2);
        assertThat(found(screened, "leakage")).containsExactly(9);
        Finding leakage = screened.finding("leakage").orElseThrow();
        assertThat(screened.places().of(leakage.sightings().get(0).other()).line())
                .isEqualTo(51);
        assertThat(leakage.rows()).isEqualTo(48);
        assertThat(screened.finding("exact-duplicates").orElseThrow().count()).isZero();
        assertThat(screened.finding("schema").orElseThrow().rows()).isEqualTo(60);
    }

    @Test
    void rowsOfTokens() throws IOException {
        List<String> lines = List.of(
                "{\"prompt_ids\": [5, 6, 7], \"chosen_ids\": [8, 9], \"rejected_ids\": [10]}",
                "{\"prompt_ids\": [5, 6, 7], \"chosen_ids\": [10], \"rejected_ids\": [8, 9]}",
                "{\"prompt_ids\": [5, 6, 8], \"chosen_ids\": [8, 9], \"rejected_ids\": [10]}",
                "{\"prompt_ids\": [5, 6, 7], \"chosen_ids\": [8, 9], \"rejected_ids\": [10]}");
        LogSource heldOut = log(
                "held.jsonl",
                List.of("{\"prompt_ids\": [5, 6, 8], \"chosen_ids\": [1], \"rejected_ids\": [2]}"),
                RowKind.PAIRS);
        LogSource data = log("data.jsonl", lines, RowKind.PAIRS);
        Examination screened = screen(new ScreenedRows(data, rows(0, 4), heldOut, rows(0, 1), null), 1);
        assertThat(found(screened, "contradictions")).containsExactly(1, 3);
        assertThat(found(screened, "exact-duplicates")).containsExactly(3);
        assertThat(found(screened, "leakage")).containsExactly(2);
    }

    @Test
    void everyOtherKindOfRow() throws IOException {
        LogSource texts = log(
                "texts.jsonl",
                List.of("{\"text\": \"One.\"}", "{\"text\": \"Two.\"}", "{\"text\": \"one.\"}"),
                RowKind.TEXTS);
        assertThat(found(screen(new ScreenedRows(texts, rows(0, 3), null, new BitSet(), null), 1), "exact-duplicates"))
                .containsExactly(2);
        LogSource prompts =
                log("prompts.jsonl", List.of("{\"prompt\": \"A\"}", "{\"prompt\": \"A\"}"), RowKind.PROMPTS);
        assertThat(found(
                        screen(new ScreenedRows(prompts, rows(0, 2), null, new BitSet(), null), 1), "exact-duplicates"))
                .containsExactly(1);
        LogSource labelled = log(
                "labelled.jsonl",
                List.of(
                        "{\"prompt\": \"A\", \"completion\": \"b\", \"label\": true}",
                        "{\"prompt\": \"A\", \"completion\": \"b\", \"label\": false}"),
                RowKind.LABELLED_COMPLETIONS);
        assertThat(found(screen(new ScreenedRows(labelled, rows(0, 2), null, new BitSet(), null), 1), "contradictions"))
                .containsExactly(1);
    }

    /** Neighbours that rate answers to one prompt are one row to a training, which has the number of the first of them. */
    @Test
    void neighboursThatAreJoinedIntoAPair() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String prompt : List.of("Who?", "Where?", "Who?")) {
            for (int rating : new int[] {1, 4}) {
                lines.add("{\"prompt\": \"" + prompt + "\", \"response\": \"I rate " + rating + ".\", \"helpfulness\": "
                        + rating + ", \"correctness\": 3, \"coherence\": 3, \"complexity\": 3, \"verbosity\": 3}");
            }
        }
        LogSource data = log("rated.jsonl", lines, RowKind.PAIRS);
        BitSet trained = new BitSet();
        List.of(0, 2, 4).forEach(trained::set);
        Examination screened = screen(new ScreenedRows(data, trained, null, new BitSet(), null), 1);
        assertThat(screened.rows()).isEqualTo(6);
        assertThat(found(screened, "exact-duplicates")).containsExactly(4);
        assertThat(screened.places().of(4).line()).isEqualTo(5);
        assertThat(screened.finding("contradictions").orElseThrow().rows()).isEqualTo(3);
    }

    /** docs/doctor.md promises 5 seconds on an idle machine; others may work on this one, so that only its own work counts. */
    @Tag("long")
    @Test
    void aHundredThousandRows() throws IOException {
        Path file = folder.resolve("many.jsonl");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < 100_000; i++) {
                out.write(pair(words(12), words(12), words(12)));
                out.newLine();
            }
        }
        LogSource data = new LogSource(RowSource.of(file), RowKind.PAIRS);
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = process.getProcessCpuTime();
        Examination screened = screen(new ScreenedRows(data, rows(2_000, 100_000), data, rows(0, 2_000), null), 2);
        assertThat((process.getProcessCpuTime() - before) / 1e9).isLessThan(15);
        assertThat(screened.rows()).isEqualTo(100_000);
        assertThat(screened.verdict()).isEqualTo(Level.GREEN);
    }

    /** A training that makes two judged answers of each pair numbers them alike: all 220 pairs are looked at, each once. */
    @Test
    void pairsThatAreReadAsJudgedAnswersAreLookedAtAsPairs() throws IOException {
        List<String> lines = new ArrayList<>(pairs(200));
        lines.addAll(lines.subList(100, 120));
        LogSource data = log("judged.jsonl", lines, RowKind.LABELLED_COMPLETIONS);
        Examination seen = screen(new ScreenedRows(data, rows(0, 220), null, new BitSet(), null), 1);
        assertThat(seen.rows()).isEqualTo(220);
        assertThat(found(seen, "exact-duplicates"))
                .isEqualTo(IntStream.range(200, 220).boxed().toList());
    }
}
