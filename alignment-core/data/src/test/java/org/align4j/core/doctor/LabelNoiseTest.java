package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.people.LabelNoise;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Labels of the demo's pairs, which are right, are flipped: how many is what the check must say, and which. */
class LabelNoiseTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROWS = 1200;

    @TempDir
    Path folder;

    private static List<LogRow> demo(BitSet flipped) throws Exception {
        List<LogRow> rows = new ArrayList<>();
        Path root = Checkout.ROOT;
        for (String name : List.of("train", "heldout")) {
            for (String line : Files.readAllLines(root.resolve("data/demo/" + name + ".jsonl"))) {
                JsonNode row = JSON.readTree(line);
                boolean flip = flipped.get(rows.size());
                rows.add(Logged.pair(
                        rows.size(),
                        text(row, "prompt"),
                        text(row, flip ? "rejected" : "chosen"),
                        text(row, flip ? "chosen" : "rejected")));
            }
        }
        return rows;
    }

    private static String text(JsonNode row, String name) {
        return row.get(name).get(0).get("content").textValue();
    }

    @ParameterizedTest
    @CsvSource({"10, AMBER", "20, AMBER", "30, RED", "40, RED"})
    void flippedLabelsAreCountedAndNamed(int percent, Level level) throws Exception {
        BitSet flipped = new BitSet();
        Random random = new Random(percent);
        while (flipped.cardinality() < ROWS * percent / 100) {
            flipped.set(random.nextInt(ROWS));
        }
        List<LogRow> rows = demo(flipped);
        LabelNoise check = new LabelNoise();
        rows.forEach(row -> check.look(row).run());
        check.again();
        Finding finding = check.finding().orElseThrow();
        assertThat(finding.figures()).containsEntry("identifiable", true);
        double epsilon = (double) finding.figures().get("epsilon");
        assertThat(epsilon).isEqualTo(percent / 100.0, within(0.03));
        assertThat(finding.interval().contains(percent / 100.0)).isTrue();
        List<Sighting> suspects = finding.sightings();
        int half = (flipped.cardinality() + 1) / 2;
        int seen = 0;
        int right = 0;
        while (right < half && seen < suspects.size()) {
            right += flipped.get(suspects.get(seen++).row()) ? 1 : 0;
        }
        assertThat(right).as("recall of one half").isEqualTo(half);
        assertThat((double) right / seen).as("precision there").isGreaterThanOrEqualTo(0.7);
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.advice()).contains("--loss robust --label-smoothing 0." + percent / 10);
    }

    @Test
    void realAnswersAreTooMuchForWords() {
        InjectedLog log = new InjectedLog(1, 700);
        Finding finding =
                InjectedLog.examine(log.write(folder)).finding("label-noise").orElseThrow();
        assertThat(finding.figures()).containsEntry("identifiable", false);
        assertThat(finding.level()).isEqualTo(Level.GREEN);
        assertThat(finding.sightings()).isEmpty();
        assertThat(finding.interval().low()).isZero();
        assertThat(finding.interval().high()).isBetween(0.2, 0.5);
    }

    @Test
    void cleanLabelsAreClean() throws Exception {
        List<LogRow> rows = demo(new BitSet());
        LabelNoise check = new LabelNoise();
        rows.forEach(row -> check.look(row).run());
        check.again();
        assertThat((double) check.finding().orElseThrow().figures().get("epsilon"))
                .isLessThan(0.01);
        assertThat(check.finding().orElseThrow().level()).isEqualTo(Level.GREEN);
    }
}
