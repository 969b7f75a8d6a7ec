package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Json;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.GroupReport;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.RunGroup;
import org.align4j.core.report.Sample;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.text.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a group of runs, and its page, by run directories of which every held-out margin is known. */
class GroupPageTest {
    private static final int ROWS = 60;

    @TempDir
    Path folder;

    /** Writes a run of pairs whose margins lie around a mean; what it has no file of is empty. */
    private Path run(String name, Map<String, Object> options, double mean, String rowsHash) throws IOException {
        Path run = Files.createDirectories(folder.resolve(name));
        Files.writeString(run.resolve("config.yaml"), OptionsYaml.write(options));
        Files.write(
                run.resolve("manifest.json"),
                Json.document(Map.of("command", "dpo", "hashes", Map.of("eval_data", rowsHash))));
        Random random = new Random(name.hashCode());
        Map<String, Object> last = pairs(random, mean);
        Files.write(
                run.resolve("evaluation.json"),
                Json.document(Map.of(
                        "first", Map.of("step", 0, "rows", pairs(new Random(1), 0)),
                        "last", Map.of("step", 12, "rows", last))));
        Files.writeString(
                run.resolve("metrics.jsonl"),
                "{\"step\":0,\"eval_loss\":0.69}\n{\"step\":12,\"loss\":0.5}\n{\"step\":12,\"eval_loss\":0.6}\n");
        return run;
    }

    private static Map<String, Object> pairs(Random random, double mean) {
        List<Double> chosen = new ArrayList<>();
        List<Double> rejected = new ArrayList<>();
        List<Integer> tokens = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            chosen.add(-10 + mean + 0.1 * random.nextGaussian());
            rejected.add(-10.0);
            tokens.add(8);
        }
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put("kind", "pairs");
        rows.put("chosen", chosen);
        rows.put("rejected", rejected);
        rows.put("chosen_tokens", tokens);
        rows.put("rejected_tokens", tokens);
        return rows;
    }

    private static Map<String, Object> options(String beta, int seed) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("beta", beta);
        options.put("seed", seed);
        return options;
    }

    /** Means 1 and 5, and runs of one setting that differ by 0.02: with three seeds that is far more than chance. */
    @Test
    void aSettingThatIsFarBetterWins() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            runs.add(run("low" + seed, options("0.1", seed), 1 + 0.02 * seed, "a"));
            runs.add(run("high" + seed, options("0.5", seed), 5 - 0.02 * seed, "a"));
        }
        RunGroup group = RunGroup.read(runs);
        assertThat(group.varied()).containsExactly("beta");
        assertThat(group.settings()).hasSize(2);
        assertThat(group.sentences().get(0)).isEqualTo("Beta 0.5 is better than every other setting.");
        assertThat(group.tests().get(0).test().pairs().get(0).difference().mean())
                .isBetween(-4.1, -3.7);
        assertThat(group.test("win_rate")).isPresent();
    }

    /** Prompts of a group's samples are shown by their turns; where the same prompt is answered, by whichever version of the program, it is one. */
    @Test
    void promptsAreShownTurnByTurn() throws IOException {
        List<Path> runs = List.of(run("low", options("0.1", 1), 1, "a"), run("high", options("0.5", 1), 5, "a"));
        String raw = "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n";
        ShownPrompt prompt = new ShownPrompt(raw, List.of(Message.of("user", "Why <script>alert(1)</script>?")));
        new ReportFiles(runs.get(0)).writeSamples(List.of(new Sample(0, raw, "So.", "Of old.", null, null)));
        new ReportFiles(runs.get(1))
                .writeSamples(List.of(new Sample(0, prompt, "So.", "Therefore.", null, null, null)));
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), RunGroup.read(runs), runs);
        assertThat(Files.readString(page))
                .contains("<b class=\"role\">user</b>", "Why &lt;script&gt;alert(1)", "Therefore.", "Of old.")
                .doesNotContain("&lt;|im_start|&gt;", "<script>alert(1)");
    }

    /** One setting alone has an axis as long as its interval, and no word of pairs. */
    @Test
    void oneSettingHasItsIntervalOnTheAxis() throws IOException {
        List<Path> runs = List.of(run("one", options("0.1", 1), 1, "a"), run("two", options("0.1", 2), 2, "a"));
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), RunGroup.read(runs), runs);
        assertThat(Files.readString(page))
                .contains("There is one setting", "<i style=\"left:0.00%;width:100.00%\"></i>", "left:50.00%")
                .doesNotContain("Holm over all");
    }

    @Test
    void withOneSeedRunsAreComparedAndNoneWins() throws IOException {
        RunGroup group =
                RunGroup.read(List.of(run("low", options("0.1", 1), 1, "a"), run("high", options("0.5", 1), 5, "a")));
        assertThat(group.sentences())
                .anyMatch(sentence -> sentence.startsWith("No run is shown to be better"))
                .anyMatch(sentence -> sentence.startsWith("This compares runs, not settings"));
    }

    @Test
    void unlikeRowsAreRefusedByName() throws IOException {
        RunGroup group =
                RunGroup.read(List.of(run("low", options("0.1", 1), 1, "a"), run("other", options("0.5", 1), 5, "b")));
        assertThat(group.tests()).isEmpty();
        assertThat(group.refusal()).startsWith("other was evaluated on other held-out rows than low");
    }

    @Test
    void aRunThatIsThereTwiceIsRefusedByName() throws IOException {
        RunGroup group =
                RunGroup.read(List.of(run("low", options("0.1", 1), 1, "a"), run("again", options("0.1", 1), 1, "a")));
        assertThat(group.refusal()).startsWith("low and again have the same options and the same seed");
    }

    @Test
    void runsWithoutAnEvaluationAreNamed() throws IOException {
        Path bare = run("bare", options("0.9", 1), 1, "a");
        Files.delete(bare.resolve("evaluation.json"));
        RunGroup group = RunGroup.read(
                List.of(run("low", options("0.1", 1), 1, "a"), run("high", options("0.5", 1), 5, "a"), bare));
        assertThat(group.settings()).hasSize(2);
        assertThat(group.sentences())
                .anyMatch(sentence -> sentence.contains("bare") && sentence.startsWith("Left out"));
    }

    /** Forty runs have a row each, not a column, and an option that looks like a tag stays text. */
    @Test
    void fortyRunsHaveRowsAndHostileOptionsStayText() throws IOException {
        List<String> words = new ArrayList<>(List.of("report"));
        for (int i = 0; i < 40; i++) {
            String beta = i == 0 ? "<script>alert(1)</script>" : "0." + (10 + i);
            words.add(run("run" + i, options(beta, 1), 1 + 0.1 * i, "a").toString());
        }
        Path page = folder.resolve("page.html");
        words.addAll(List.of("--out", page.toString()));
        AlignRuns.align(words);
        String text = Files.readString(page);
        assertThat(text).doesNotContain("<script>alert(1)").contains("10 further settings", "From the best");
        assertThat(text.lines()
                        .filter(line -> line.contains("<h2 class=\"unclear\""))
                        .count())
                .isZero();
        assertThat(IntStream.range(0, 40)).allMatch(i -> text.contains("run" + i));
    }
}
