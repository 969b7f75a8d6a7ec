package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps in processes of their own: killed and resumed, halved, and what they leave. */
class SweepRunTest {
    private static final String[] FOUR = {"--set", "learning-rate=1e-3,3e-3", "--set", "seed=1,2"};
    private static final String[] TWENTY_SEVEN = {
        "--set", "learning-rate=1e-3,2e-3,3e-3", "--set", "beta=0.1,0.3,0.5", "--set", "seed=1..3"
    };

    @TempDir
    Path folder;

    @Test
    void killedAndResumedTheRunsAreThoseOfSingleCommands() throws Exception {
        Path out = folder.resolve("sweep");
        killAndResume(out, FOUR, 4, 2);
        assertSingle(out, 4, 4);
        JsonNode document = Sweeps.json(out);
        assertThat(document.path("groups")).hasSize(2);
        assertThat(document.path("compares").asText()).isEqualTo("settings");
        assertThat(document.path("smallest_difference").asDouble()).isPositive();
        List<String> table = Files.readAllLines(out.resolve("sweep.csv"));
        assertThat(table).hasSize(5);
        assertThat(table.get(0)).contains("margin_at_step_4", "held_out.chosen_likelier", "held_out.win_rate");
        assertThat(table.get(3)).startsWith("2,1,done,trials/002,0.003,1,4.0,");
        assertThat(document.path("trials")
                        .path(2)
                        .path("options")
                        .path("learning-rate")
                        .doubleValue())
                .isEqualTo(0.003);
        assertThat(document.path("groups")
                        .path(1)
                        .path("options")
                        .path("learning-rate")
                        .doubleValue())
                .isEqualTo(0.003);
        assertThat(out.resolve("sweep.tex")).content().contains("learning-rate & seeds & margin", "0.003 & 2 &");
        assertThat(out.resolve("sweep.html")).content().contains("From the best", "trials/003/report.html");
        assertThat(out.resolve("optuna-journal.log")).content().contains("\"state\":1");
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.soak", matches = "true")
    void killedFiveTimesTheTwentySevenRunsAreThoseOfSingleCommands() throws Exception {
        Path out = folder.resolve("sweep");
        killAndResume(out, TWENTY_SEVEN, 12, 5);
        assertSingle(out, 27, 12);
        Path halved = folder.resolve("halved");
        AlignRuns.align(Sweeps.words(halved, Sweeps.options(folder, 12), with(TWENTY_SEVEN, "--search", "halving")));
        long steps = assertChosenAsByFullRuns(halved, folder.resolve("full"), 27, 3);
        assertThat(steps).isLessThanOrEqualTo(27 * 12 * 4 / 10);
    }

    /** Four settings with 8 steps: after 2 steps two go on, after 4 one. 4 × 2 + 2 × 2 + 1 × 4 is 16 steps of the grid's 32. */
    @Tag("long")
    @Test
    void halvingChoosesAsFullRunsWould() throws Exception {
        Path out = folder.resolve("halved");
        String[] own = {
            "--set", "learning-rate=3e-3,1e-4", "--set", "beta=0.1,0.5", "--search", "halving", "--reduction", "2"
        };
        AlignRuns.align(Sweeps.words(out, Sweeps.options(folder, 8), own));
        assertThat(assertChosenAsByFullRuns(out, folder.resolve("full"), 4, 2)).isEqualTo(16);
        JsonNode document = Sweeps.json(out);
        assertThat(document.path("winner").isNull()).isTrue();
        List<String> statuses = new ArrayList<>();
        document.path("trials")
                .forEach(trial -> statuses.add(trial.path("status").asText()));
        assertThat(statuses).containsOnly("done", "pruned").containsOnlyOnce("done");
    }

    private static String[] with(String[] own, String... more) {
        List<String> words = new ArrayList<>(List.of(own));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private void killAndResume(Path out, String[] own, int steps, int kills) throws Exception {
        Random random = new Random(kills);
        ChildAlign.killAndResume(
                out, Sweeps.words(out, Sweeps.options(folder, steps), own), kills, () -> 1 + random.nextInt(4));
    }

    /** Each trial has the adapter that its options alone would have given, and no step twice. */
    private void assertSingle(Path out, int trials, int steps) throws IOException {
        for (int trial = 0; trial < trials; trial++) {
            Path run = out.resolve("trials").resolve(Sweeps.name(trial));
            Path alone = folder.resolve("alone-" + trial);
            AlignRuns.align(List.of(
                    "dpo",
                    "--config",
                    run.resolveSibling(Sweeps.name(trial) + ".yaml").toString(),
                    "--out",
                    alone.toString()));
            assertThat(run.resolve("adapter/adapter_model.safetensors"))
                    .hasSameBinaryContentAs(alone.resolve("adapter/adapter_model.safetensors"));
            assertThat(AlignRuns.steps(run)).hasSize(steps).isEqualTo(AlignRuns.steps(alone));
        }
    }

    /**
     * Trains every setting to its end and works out from the log-probabilities of its evaluations which ones go on at each rung.
     *
     * @return the optimizer steps that the halved sweep took
     */
    private static long assertChosenAsByFullRuns(Path halved, Path full, int trials, int reduction) throws IOException {
        JsonNode document = Sweeps.json(halved);
        Map<Integer, List<Path>> runs = new HashMap<>();
        long steps = 0;
        for (int trial = 0; trial < trials; trial++) {
            JsonNode own = document.path("trials").path(trial);
            steps += own.path("step").asLong();
            Path alone = full.resolve(Sweeps.name(trial));
            Path config = halved.resolve("trials").resolve(Sweeps.name(trial) + ".yaml");
            AlignRuns.align(List.of("dpo", "--config", config.toString(), "--out", alone.toString()));
            runs.computeIfAbsent(own.path("setting").asInt(), unseen -> new ArrayList<>())
                    .add(alone);
        }
        List<Integer> going = new ArrayList<>(runs.keySet().stream().sorted().toList());
        for (JsonNode rung : document.path("rungs")) {
            Map<Integer, Double> margins = new HashMap<>();
            for (int setting : going) {
                double sum = 0;
                for (Path run : runs.get(setting)) {
                    sum += margin(run, rung.path("step").asInt());
                }
                margins.put(setting, sum / runs.get(setting).size());
            }
            List<Integer> best = going.stream()
                    .sorted(Comparator.<Integer>comparingDouble(setting -> -margins.get(setting))
                            .thenComparing(Comparator.naturalOrder()))
                    .limit(Math.max(1, going.size() / reduction))
                    .sorted()
                    .toList();
            List<Integer> chosen = IntStream.range(0, rung.path("chosen").size())
                    .mapToObj(i -> rung.path("chosen").path(i).asInt())
                    .toList();
            assertThat(chosen).isEqualTo(best);
            going = new ArrayList<>(best);
        }
        return steps;
    }

    private static double margin(Path run, int step) throws IOException {
        JsonNode line = AlignRuns.evaluations(run).stream()
                .filter(each -> each.path("step").asInt() == step)
                .findFirst()
                .orElseThrow();
        return line.path("eval_logps/chosen").asDouble()
                - line.path("eval_logps/rejected").asDouble();
    }
}
