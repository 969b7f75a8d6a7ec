package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a sweep refuses, by name and before anything starts. */
class SweepPlanningTest {
    private static final int REFUSED = 2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--set learning-rate=1e-3,fast | Trial 001 (learning-rate fast) is refused",
                "--set learningrate=1e-3 | There is no option learningrate here; did you mean learning-rate?",
                "--set loss=sigmoid,simpo --set label-smoothing=0,0.1 | Trial 003 (loss simpo, label-smoothing 0.1) is refused",
                "--set eval-data=a,b | set can't vary eval-data",
                "--set out=a,b | set can't vary out",
                "--set beta=1 --set beta=2 | set names beta twice",
                "--set batch-size=2,4 | batch-size is given and set varies it",
                "--set beta=0.1~0.5 | a range, of which a grid has no values",
                "--set beta=1,2 --trials 3 | a grid tries every combination",
                "--set beta=1,2 --search random | trials is missing",
                "--set beta=1,2 --search random --trials 3 | only 2 different combinations",
                "--set beta=1,2 --metric marginn | did you mean margin?",
                "--set beta=1,2 --search halving --first-rung 6 | no rung before the last",
                "--set beta=1,2 --at-once 0 | must be 1 to 64",
                "--set max-length=512,3 | Trial 001 (max-length 3) is refused",
            })
    void refusesByNameAndStartsNothing(String own, String words) throws Exception {
        Path out = folder.resolve("sweep");
        String log = AlignRuns.ends(REFUSED, Sweeps.words(out, Sweeps.options(folder, 4), own.split(" ")));
        assertThat(log).contains(words);
        assertThat(out).doesNotExist();
    }

    @Test
    void heldOutRowsThatSeedsWouldChangeAreRefused() throws Exception {
        List<String> options = new ArrayList<>(Sweeps.options(folder, 4));
        int at = options.indexOf("--eval-data");
        options.subList(at, at + 2).clear();
        Path out = folder.resolve("sweep");
        assertThat(AlignRuns.ends(REFUSED, Sweeps.words(out, options, "--set", "beta=1,2")))
                .contains("eval-data is missing");
        options.addAll(List.of("--eval-fraction", "0.2"));
        assertThat(AlignRuns.ends(REFUSED, Sweeps.words(out, options, "--set", "seed=1,2")))
                .contains("eval-fraction is 0.2 but set varies seed");
    }

    @Test
    void aCommandThatDoesNotTrainIsRefused() {
        assertThat(AlignRuns.ends(REFUSED, List.of("sweep", "doctor", "--set", "beta=1", "--out", "x")))
                .contains("COMMAND is doctor but must be a training command: ");
    }

    @Test
    void aDryRunTellsOfAllTrialsAndWritesNothing() throws Exception {
        Path out = folder.resolve("sweep");
        AlignRuns.align(Sweeps.words(
                out,
                Sweeps.options(folder, 4),
                "--set",
                "learning-rate=1e-5~1e-3",
                "--set",
                "seed=1..3",
                "--search",
                "random",
                "--trials",
                "5",
                "--dry-run"));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).noneMatch(file -> file.equals(out));
        }
    }

    /** The same seed draws the same trials; another one others. */
    @Test
    void drawsAreRepeated() throws Exception {
        assertThat(drawn("7")).isEqualTo(drawn("7")).isNotEqualTo(drawn("8"));
    }

    private String drawn(String seed) throws Exception {
        Terminal terminal = Terminal.captured();
        List<String> words = new ArrayList<>(Sweeps.words(
                folder.resolve("sweep"),
                Sweeps.options(folder, 4),
                "--set",
                "learning-rate=1e-5~1e-3",
                "--search",
                "random"));
        words.addAll(List.of("--trials", "3", "--search-seed", seed, "--dry-run", "--json"));
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        return Json.read(terminal.captureOutput()).path("trials").toString();
    }
}
