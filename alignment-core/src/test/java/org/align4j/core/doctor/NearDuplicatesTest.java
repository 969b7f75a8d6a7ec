package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.InjectedLog.Row;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LogSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Copies of rows with some words changed. What is a near-duplicate is decided by sets of strings made here: Jaccard 0.8 or more
 * over the runs of five characters of prompt, chosen and rejected answer.
 */
class NearDuplicatesTest {
    private static final int COPIES = 60;

    @TempDir
    Path folder;

    @Test
    void findsCopiesWithFewChangesAndNoOthers() {
        int near = 0;
        int nearFound = 0;
        Set<String> wrong = new TreeSet<>();
        for (long seed = 1; seed <= 5; seed++) {
            InjectedLog log = new InjectedLog(seed, 200);
            int edits = 0;
            Set<String> must = new HashSet<>();
            Set<String> may = new HashSet<>();
            for (int n = 0; n < COPIES; n++) {
                Row row = log.take();
                Row copy = log.add(changed(log, row.copy(), edits++ % 12));
                double similarity = jaccard(row, copy);
                log.defect(similarity >= 0.85 ? "must" : similarity >= 0.8 ? "may" : "no", row, copy);
            }
            Examination examination = InjectedLog.examine(log.write(folder));
            must.addAll(log.expected("must"));
            may.addAll(log.expected("may"));
            List<String> found = InjectedLog.found(examination, "near-duplicates");
            near += must.size();
            nearFound += (int) found.stream().filter(must::contains).count();
            found.stream()
                    .filter(pair -> !must.contains(pair) && !may.contains(pair))
                    .forEach(wrong::add);
            assertThat(InjectedLog.found(examination, "exact-duplicates")).isEmpty();
        }
        assertThat(near).isGreaterThan(100);
        assertThat((double) nearFound / near).isGreaterThanOrEqualTo(0.95);
        assertThat(wrong).isEmpty();
    }

    @Test
    void otherJudgementsOfALongPromptAreNone() {
        InjectedLog log = new InjectedLog(1, 100);
        for (int n = 0; n < 20; n++) {
            Row row = log.take();
            String prompt = row.text("prompt").repeat(5);
            row.with("prompt", prompt);
            log.add(log.take().with("prompt", prompt));
        }
        assertThat(InjectedLog.found(InjectedLog.examine(log.write(folder)), "near-duplicates"))
                .isEmpty();
    }

    /**
     * 50,000 rows of one template with three words of 40 each: nearly every row is like several others, and more rows than are held at a
     * time have to be compared. The file is read for the first look, for the second, and for the examples.
     */
    @Tag("long")
    @Test
    void templatedRowsAreReadAgainOnce() throws IOException {
        int rows = 50_000;
        Random random = new Random(3);
        Path file = folder.resolve("templated.jsonl");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int row = 0; row < rows; row++) {
                out.write(String.format(
                        Locale.ROOT,
                        "{\"prompt\": \"where is my order %1$d of a %2$s\", \"chosen\": \"dear %3$s, order %1$d of a %2$s is on its way"
                                + " to you and will be there soon\", \"rejected\": \"order %1$d? no idea\"}%n",
                        100_000 + random.nextInt(900_000),
                        "product" + random.nextInt(40),
                        "customer" + random.nextInt(40)));
            }
        }
        AtomicInteger seen = new AtomicInteger();
        Examination examination =
                Doctor.examine(new Logs(LogSource.of(List.of(file)), null, null), 2, null, seen::addAndGet);
        assertThat(examination.finding("near-duplicates").orElseThrow().count()).isGreaterThan(1000);
        assertThat(seen.get()).isBetween(2 * rows - rows / 10, 3 * rows);
    }

    /** By hand: 3 is like 2 and 4, 4 like 5; 9 is like 8. Of these links the smallest rows are 2 and 8. */
    @Test
    void aChainIsOneComponentNamedByItsSmallestRow() {
        NearDuplicates.Components components = new NearDuplicates.Components();
        components.join(5, 4);
        components.join(9, 8);
        components.join(4, 3);
        components.join(3, 2);
        assertThat(List.of(2, 3, 4, 5, 8, 9)).map(components::of).containsExactly(2, 2, 2, 2, 8, 8);
    }

    /** Each row differs from the one before it in a tenth of its answer's words: only neighbours are alike. */
    @Test
    void rowsThatAreAlikeThroughOthersHaveOneComponent() throws IOException {
        Random random = new Random(5);
        List<String> words = random.ints(100, 1_000_000, 9_999_999)
                .mapToObj(Integer::toString)
                .toList();
        Path file = folder.resolve("chain.jsonl");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int row : List.of(1, 0, 3, 2)) {
                List<String> text = new ArrayList<>(words);
                for (int word = 0; word < 10 * row; word++) {
                    text.set(word, "another" + word);
                }
                out.write("{\"prompt\": \"what are the numbers\", \"chosen\": \"" + String.join(" ", text)
                        + "\", \"rejected\": \"there are no numbers\"}\n");
            }
        }
        Finding finding = Doctor.examine(new Logs(LogSource.of(List.of(file)), null, null), 1, null, rows -> {})
                .finding("near-duplicates")
                .orElseThrow();
        assertThat(finding.sightings())
                .map(seen -> List.of(seen.row(), seen.other(), seen.component()))
                .containsExactly(List.of(1, 0, 0), List.of(3, 0, 0));
        assertThat(finding.figures()).containsEntry("components", 1L).containsEntry("largest_component", 4L);
    }

    private static Row changed(InjectedLog log, Row row, int hundredths) {
        for (String name : List.of("prompt", "chosen", "rejected")) {
            String[] words = row.text(name).split(" ");
            for (int i = 0; i < words.length; i++) {
                if (log.random.nextInt(100) < hundredths || (i == 0 && name.equals("chosen"))) {
                    words[i] = "word" + log.random.nextInt(1000);
                }
            }
            row.with(name, String.join(" ", words));
        }
        return row;
    }

    private static double jaccard(Row one, Row other) {
        Set<String> first = runs(one);
        Set<String> second = runs(other);
        Set<String> both = new HashSet<>(first);
        both.retainAll(second);
        first.addAll(second);
        return (double) both.size() / first.size();
    }

    private static Set<String> runs(Row row) {
        Set<String> runs = new HashSet<>();
        for (String name : List.of("prompt", "chosen", "rejected")) {
            String text = row.text(name).toLowerCase(Locale.ROOT).strip().replaceAll("\\s+", " ");
            for (int i = 0; i + 5 <= text.length(); i++) {
                runs.add(name + ":" + text.substring(i, i + 5));
            }
        }
        return runs;
    }

    /** Hashes fill 32 bits, their sign too: one that two bands have in common makes two keys. */
    @Test
    void eachBandHasKeysOfItsOwn() {
        assertThat(new SharedDoctor.Banded(0, new int[] {-7, -7, 7, 7}).keys()).doesNotHaveDuplicates();
        assertThat(Candidates.pair(3, -7)).isPositive().isNotEqualTo(Candidates.pair(4, -7));
    }
}
