package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.files.Json;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.report.GroupReport;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.RunGroup;
import org.align4j.core.report.Sample;
import org.align4j.core.report.ShownPrompt;
import org.align4j.core.terminal.Terminal;
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
        return run("dpo", name, options, pairs(new Random(name.hashCode()), mean), rowsHash);
    }

    private Path run(
            String command, String name, Map<String, Object> options, Map<String, Object> last, String rowsHash)
            throws IOException {
        Path run = Files.createDirectories(folder.resolve(name));
        Files.writeString(run.resolve("config.yaml"), OptionsYaml.write(options));
        Files.write(
                run.resolve("manifest.json"),
                Json.document(Map.of("command", command, "hashes", Map.of("eval_data", rowsHash))));
        ended(run, "done", "");
        Files.write(
                run.resolve("evaluation.json"),
                Json.document(Map.of(
                        "first",
                                Map.of(
                                        "step",
                                        0,
                                        "rows",
                                        last.get("kind").equals("pairs") ? pairs(new Random(1), 0) : last),
                        "last", Map.of("step", 12, "rows", last))));
        Files.writeString(
                run.resolve("metrics.jsonl"),
                "{\"step\":0,\"eval_loss\":0.69}\n{\"step\":12,\"loss\":0.5}\n{\"step\":12,\"eval_loss\":0.6}\n");
        return run;
    }

    /** Writes how a run ended. */
    private static Path ended(Path run, String status, String reason) throws IOException {
        Files.write(
                run.resolve("result.json"),
                Json.document(Map.of("status", status, "step", 12, "total_steps", 12, "reason", reason)));
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

    /** Writes a run of prompts with one answer each, whose scores lie around a mean. */
    private Path rollouts(String name, Map<String, Object> options, double mean) throws IOException {
        Random random = new Random(((Number) options.getOrDefault("seed", 1)).longValue());
        List<Double> scores = random.doubles(ROWS).mapToObj(each -> mean + each).toList();
        return run("ppo", name, options, Map.of("kind", "rollouts", "scores", scores), "a");
    }

    /** Equal answers, of which a penalty alone takes 5 off: nobody wins, and no score is printed before that is said. */
    @Test
    void aPenaltyMakesNoWinner() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            runs.add(rollouts("free" + seed, Map.of("missing-eos-penalty", 0.0, "seed", seed), 15));
            runs.add(rollouts("fined" + seed, Map.of("missing-eos-penalty", 5.0, "seed", seed), 10));
        }
        RunGroup group = RunGroup.read(runs);
        assertThat(group.tests()).isEmpty();
        assertThat(group.refusal())
                .startsWith("No setting can be called better by the score of an answer: missing-eos-penalty differs");
        assertThat(group.document(null)).containsEntry("winner", null).containsKey("refused");
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), group, runs);
        assertThat(Files.readString(page)).doesNotContain("is better than", "From the best");
        List<Path> unlike = List.of(
                rollouts("slow", Map.of("learning-rate", 0.001, "seed", 1), 15),
                rollouts("quick", Map.of("learning-rate", 0.003, "seed", 1), 10));
        assertThat(RunGroup.read(unlike).refusal()).isNull();
    }

    /** Two penalties, two rates, three seeds: within a penalty rates are compared, their p corrected for both parts; over penalties nothing is. */
    @Test
    void settingsAreComparedWithinOnePenalty() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            for (double penalty : new double[] {0, 5}) {
                for (double rate : new double[] {0.001, 0.003}) {
                    Map<String, Object> options =
                            Map.of("missing-eos-penalty", penalty, "learning-rate", rate, "seed", seed);
                    double mean = 20 - penalty + 1000 * rate + 0.01 * seed;
                    runs.add(rollouts("p" + penalty + "r" + rate + "s" + seed, options, mean));
                }
            }
        }
        RunGroup group = RunGroup.read(runs);
        assertThat(group.tests()).isEmpty();
        assertThat(group.document(null)).containsEntry("winner", null);
        List<RunGroup.Stratum> strata = group.refusals().strata();
        assertThat(strata)
                .extracting(RunGroup.Stratum::text)
                .containsExactly("missing-eos-penalty 0", "missing-eos-penalty 5");
        assertThat(strata).allSatisfy(part -> {
            assertThat(part.group().document(null)).containsEntry("winner", Map.of("learning-rate", 0.003));
            var pair = part.group().tests().get(0).test().pairs().get(0);
            assertThat(pair.corrected()).isCloseTo(2 * pair.p(), within(1e-12));
        });
        assertThat(group.sentences())
                .anyMatch(sentence -> sentence.startsWith("No setting can be called better by the score of an answer"))
                .anyMatch(sentence -> sentence.startsWith(
                        "Settings are compared within equal missing-eos-penalty: 2 parts, for whose number p"))
                .anyMatch(sentence -> sentence.startsWith(
                        "With missing-eos-penalty 5: Learning-rate 0.003 is better than every other setting."));
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), group, runs);
        assertThat(Files.readString(page))
                .contains("<h2>With missing-eos-penalty 0</h2>", "1 pair, times 2 for as many parts of the runs");
        assertThat(group.tex()).contains("% With missing-eos-penalty 5\n% Learning-rate 0.003 is better");
        assertThat(Json.text(group.document(null))).contains("\"strata\":[{\"scale\":{\"missing-eos-penalty\":\"0\"}");
    }

    /** A failed run of a part bars its setting there; a part with one setting is compared with nothing. */
    @Test
    void aPartKnowsItsFailedRuns() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            runs.add(rollouts("slow" + seed, Map.of("missing-eos-penalty", 5, "learning-rate", 1, "seed", seed), 10));
            runs.add(rollouts("quick" + seed, Map.of("missing-eos-penalty", 5, "learning-rate", 2, "seed", seed), 15));
            runs.add(rollouts("free" + seed, Map.of("missing-eos-penalty", 0, "learning-rate", 2, "seed", seed), 20));
        }
        ended(folder.resolve("quick3"), "failed", "Loss became NaN at step 7.");
        RunGroup group = RunGroup.read(runs);
        assertThat(group.refusals().strata()).hasSize(1);
        assertThat(group.refusals().strata().get(0).group().document(null)).containsEntry("winner", null);
        assertThat(group.sentences())
                .anyMatch(sentence -> sentence.contains("one value has two settings or more"))
                .anyMatch(sentence -> sentence.contains("Learning-rate 2 failed in 1 of 3 runs"));
    }

    /** What the coefficient of the divergence weighs is in no score, so that scores are compared; an option that nobody knows isn't trusted. */
    @Test
    void whatNobodyDecidedOnCountsAsRescaling() throws IOException {
        List<Path> known = List.of(
                rollouts("near", Map.of("kl-coefficient", 0.05, "seed", 1), 15),
                rollouts("far", Map.of("kl-coefficient", 0.0, "seed", 1), 10));
        assertThat(RunGroup.read(known).refusal()).isNull();
        assertThat(RunGroup.rescaling(known, "objective/rlhf_reward")).containsExactly("kl-coefficient");
        List<Path> unknown = List.of(
                rollouts("one", Map.of("of-another-version", 1, "seed", 1), 15),
                rollouts("two", Map.of("of-another-version", 2, "seed", 1), 10));
        assertThat(RunGroup.read(unknown).refusal())
                .contains("of-another-version differs (nobody declared whether of-another-version rescales figures");
    }

    /** Six runs of two settings: high 5, low 1, apart by 0.02 from seed to seed. */
    private List<Path> six() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            runs.add(run("low" + seed, options("0.1", seed), 1 + 0.02 * seed, "a"));
            runs.add(run("high" + seed, options("0.5", seed), 5 - 0.02 * seed, "a"));
        }
        return runs;
    }

    /** Of the higher setting one seed diverged: over the other two it would win; it doesn't, and the page says what the other rule would say. */
    @Test
    void aSettingOfWhichASeedDivergedIsNotCrowned() throws IOException {
        List<Path> runs = six();
        ended(folder.resolve("high3"), "failed", "Loss became NaN at step 7.");
        RunGroup group = RunGroup.read(runs);
        assertThat(group.sentences())
                .anyMatch(sentence -> sentence.startsWith("No setting is shown to be better"))
                .anyMatch(sentence ->
                        sentence.startsWith("The best mean of a setting without a failed run is that of beta 0.1"))
                .anyMatch(sentence -> sentence.startsWith("Beta 0.5 failed in 1 of 3 runs. A failed run ranks below"))
                .anyMatch(sentence -> sentence.contains("over the seeds that all settings share (1, 2); left out: 3"))
                .anyMatch(sentence -> sentence.contains("beta 0.5 would be called better than every other setting"));
        assertThat(group.document(null)).containsEntry("winner", null);
        assertThat(group.document(null).get("winner_if_lost_runs_were_left_out"))
                .isEqualTo(Map.of("beta", "0.5"));
    }

    /** Where the lower setting lost a seed, the higher one wins over the seeds that both have; the means shown are those whose difference is tested. */
    @Test
    void meansAreOverSharedSeeds() throws IOException {
        List<Path> runs = six();
        ended(folder.resolve("low3"), "failed", "Loss became NaN at step 7.");
        RunGroup group = RunGroup.read(runs);
        assertThat(group.sentences().get(0)).isEqualTo("Beta 0.5 is better than every other setting.");
        var test = group.test(null).orElseThrow().test();
        assertThat(test.means()).allMatch(mean -> mean.seeds() == 2);
        assertThat(test.means().get(0).mean() - test.means().get(1).mean())
                .isCloseTo(test.pairs().get(0).difference().mean(), within(1e-12));
        assertThat(test.pairs().get(0).seeds()).isEqualTo(2);
    }

    /** A run that a person ended says nothing against its setting; its seed is out for both. */
    @Test
    void aRunThatAPersonEndedIsLeftOutWithItsSeed() throws IOException {
        List<Path> runs = six();
        ended(folder.resolve("high3"), "stopped", "stopped by SIGTERM");
        RunGroup group = RunGroup.read(runs);
        assertThat(group.sentences())
                .startsWith("Beta 0.5 is better than every other setting.")
                .anyMatch(sentence -> sentence.contains("high3. Their seeds are left out in all settings."))
                .anyMatch(sentence -> sentence.endsWith("the finding would be the same."));
        assertThat(group.test(null).orElseThrow().seeds(0)).containsExactly(1, 2);
    }

    @Test
    void aSettingThatFailedEverywhereIsShownWithItsOptions() throws IOException {
        List<Path> runs = List.of(
                run("low1", options("0.1", 1), 1, "a"),
                run("low2", options("0.1", 2), 1.02, "a"),
                ended(run("high1", options("0.5", 1), 5, "a"), "failed", "Loss became NaN."));
        List<RunGroup.Attempt> attempts = new ArrayList<>();
        runs.forEach(run -> attempts.add(new RunGroup.Attempt(run, Map.of(), null)));
        attempts.add(new RunGroup.Attempt(folder.resolve("none"), options("0.5", 2), "It never began."));
        RunGroup group = RunGroup.ofAttempts(attempts);
        assertThat(group.sentences())
                .startsWith(
                        "Only beta 0.1 has a run that can be compared, so that there is nothing to compare it with.")
                .anyMatch(sentence -> sentence.startsWith("Beta 0.5 failed in all 2 runs"));
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), group, runs);
        assertThat(Files.readString(page))
                .contains(
                        "beta 0.5",
                        "Loss became NaN. It never began.",
                        "0, 2 failed",
                        "hold for other prompts and other seeds");
        assertThat(group.tex()).contains("0.5 & 0 (2 failed) &");
        assertThat(Json.text(group.document(null)))
                .contains("{\"options\":{\"beta\":\"0.5\"},\"seeds\":[],\"runs\":[],\"failed\":2");
    }

    /** An option that changed nothing, to the last bit: there is no best, and no smallest difference. */
    @Test
    void settingsThatAreIdenticalHaveNoBest() throws IOException {
        List<Path> runs = new ArrayList<>();
        for (int seed = 1; seed <= 2; seed++) {
            Map<String, Object> rows = pairs(new Random(seed), 1);
            runs.add(run("dpo", "a" + seed, options("0.1", seed), rows, "a"));
            runs.add(run("dpo", "b" + seed, options("0.5", seed), rows, "a"));
        }
        RunGroup group = RunGroup.read(runs);
        assertThat(group.sentences()).hasSize(1).allMatch(sentence -> sentence.contains("to the last bit"));
        assertThat(group.document(null))
                .containsEntry("identical", true)
                .containsEntry("smallest_difference", null)
                .containsEntry("winner", null);
        Path page = folder.resolve("page.html");
        GroupReport.write(page, new GroupReport.Frame("Sweep", "", ""), group, runs);
        assertThat(Files.readString(page)).doesNotContain("the best</td>", "best mean is");
    }

    /** Twenty-nine of thirty pairs won by one seed and thirty by the other: the plain interval of two seeds goes far beyond 1. */
    @Test
    void anIntervalOfAShareStaysBetweenNoneAndAll() throws IOException {
        RunGroup group = RunGroup.read(
                List.of(run("one", options("0.1", 1), 0.1, "a"), run("two", options("0.1", 2), 0.2, "a")));
        RunGroup.MeasureTest test = group.test("chosen_likelier").orElseThrow();
        var mean = test.test().means().get(0);
        assertThat(mean.mean()).isBetween(0.8, 0.99);
        assertThat(mean.interval(0.95).high()).isGreaterThan(1);
        assertThat(test.interval(mean).low()).isBetween(0.0, mean.mean());
        assertThat(test.interval(mean).high()).isBetween(mean.mean(), 1.0);
    }

    /** What `align report` gives programs: groups with means and intervals, pairs with p, numbers as numbers; and the table for a paper. */
    @Test
    void reportGivesTheComparisonAsData() throws Exception {
        List<String> words = new ArrayList<>(List.of("report"));
        for (int seed = 1; seed <= 2; seed++) {
            for (double rate : new double[] {0.001, 3e-3}) {
                Map<String, Object> options = Map.of("learning-rate", rate, "lora-targets", "a_b & c%", "seed", seed);
                words.add(run("rate" + rate + seed, options, 1000 * rate + 0.01 * seed, "a")
                        .toString());
            }
        }
        Path page = folder.resolve("page.html");
        Path tex = folder.resolve("table.tex");
        words.addAll(List.of("--out", page.toString(), "--tex", tex.toString(), "--json"));
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words.toArray(String[]::new))).isZero();
        JsonNode document = Json.read(terminal.captureOutput());
        assertThat(document.path("groups")
                        .path(1)
                        .path("options")
                        .path("learning-rate")
                        .doubleValue())
                .isEqualTo(0.003);
        assertThat(document.path("groups")
                        .path(1)
                        .path("figures")
                        .path("margin")
                        .path("n")
                        .asInt())
                .isEqualTo(2);
        JsonNode pair = document.path("comparisons").path(0);
        assertThat(pair.path("difference").asDouble()).isBetween(-2.2, -1.8);
        assertThat(pair.path("interval")).hasSize(2);
        assertThat(pair.path("p_holm").asDouble()).isLessThan(0.05);
        assertThat(document.path("winner").path("learning-rate").isNumber()).isTrue();
        assertThat(document.path("method").asText()).contains("Holm");
        assertThat(Files.readString(tex))
                .contains("\\begin{tabular}{lrrrrrr}", "learning-rate & seeds & margin", "0.003 & 2 &");
    }
}
