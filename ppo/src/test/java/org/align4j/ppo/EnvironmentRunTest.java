package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment;
import org.align4j.core.files.Json;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of episodes with an environment of three turns. */
class EnvironmentRunTest {
    @TempDir
    Path folder;

    private PpoRuns runs;
    private Path chats;

    @BeforeEach
    void write() throws IOException {
        runs = new PpoRuns(folder);
        chats = folder.resolve("chats.jsonl");
        Files.write(
                chats,
                IntStream.range(0, 12)
                        .mapToObj(i -> "{\"prompt\": [{\"role\": \"user\", \"content\": \"" + "abcdefghijkl".charAt(i)
                                + "\"}]}")
                        .toList());
    }

    /** A run of eight episodes a step, on conversations; the model seldom ends a turn, so that an e does. */
    private List<String> words(String name, String... more) {
        List<String> words = new ArrayList<>(runs.words(name));
        int reward = words.indexOf("--reward");
        words.subList(reward, reward + 2).clear();
        words.set(words.indexOf("--data") + 1, chats.toString());
        words.addAll(List.of("--environment", Counting.class.getName(), "--max-steps", "2", "--stop", "e"));
        for (int i = 0; i < more.length; i += 2) {
            int there = words.indexOf(more[i]);
            if (there >= 0) {
                words.set(there + 1, more[i + 1]);
            } else {
                words.addAll(List.of(more[i], more[i + 1]));
            }
        }
        return words;
    }

    private static List<JsonNode> episodes(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("episodes.jsonl"))) {
            lines.add(Json.read(line));
        }
        return lines;
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "rloo", "grpo", "online-dpo"})
    void everyAlgorithmLearnsFromEpisodes(String algorithm) throws IOException {
        AlignRuns.align(words("run", "--algorithm", algorithm, "--eval-fraction", "0.2"));
        JsonNode metrics = AlignRuns.steps(runs.at("run")).get(1);
        assertThat(metrics.path("episodes/turns").doubleValue()).isBetween(1.0, 3.0);
        assertThat(metrics.path("rewards/environment/mean").doubleValue())
                .isEqualTo(metrics.path("objective/scores").doubleValue());
        assertThat(episodes(runs.at("run")))
                .anySatisfy(line -> assertThat(line.path("turn").intValue()).isEqualTo(2))
                .anySatisfy(line ->
                        assertThat(line.path("evaluation").booleanValue()).isTrue());
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    void turnsAreCreditedByThemselves(String algorithm) throws IOException {
        AlignRuns.align(words("turn", "--algorithm", algorithm, "--credit", "turn"));
        AlignRuns.align(words("episode", "--algorithm", algorithm));
        assertThat(AlignRuns.steps(runs.at("turn")).get(0).path("objective/scores"))
                .isEqualTo(AlignRuns.steps(runs.at("episode")).get(0).path("objective/scores"));
        assertThat(Files.mismatch(
                        AlignRuns.product(runs.at("turn")).path(),
                        AlignRuns.product(runs.at("episode")).path()))
                .isNotNegative();
    }

    @Test
    void whatTheEnvironmentWroteIsReadAndNeverTrained() throws IOException {
        List<RolloutTrace> seen = new ArrayList<>();
        try (LanguageModel base =
                Align4j.model(runs.model()).device("cpu").dtype("fp32").open()) {
            Ppo.in(Counting::new)
                    .rolloutsPerStep(8)
                    .maxNewTokens(6)
                    .option("stop", "e")
                    .maxSteps(1)
                    .option("lora-rank", 4)
                    .option("samples", 0)
                    .option("report", false)
                    .tracedBy(step -> seen.addAll(step.rollouts()))
                    .train(base, Prompts.read(chats), runs.at("program"))
                    .close();
        }
        List<JsonNode> lines = episodes(runs.at("program"));
        for (int i = 0; i < seen.size(); i++) {
            int episode = i;
            List<JsonNode> turns = lines.stream()
                    .filter(line -> line.path("episode").intValue() == episode
                            && line.path("turn").intValue() > 0)
                    .toList();
            RolloutTrace trace = seen.get(i);
            assertThat(trace.score())
                    .isEqualTo(turns.stream()
                            .mapToDouble(turn -> turn.path("reward").doubleValue())
                            .sum());
            assertThat(trace.logProbs()).hasSameSizeAs(trace.advantages()).hasSizeLessThanOrEqualTo(6 * turns.size());
            assertThat(trace.answer().ids().length - trace.logProbs().length).isGreaterThanOrEqualTo(turns.size() - 1);
        }
        assertThat(seen).hasSize(8);
    }

    /** A turn with a q fails its episode alone. */
    @Test
    void aFailingEnvironmentEndsItsEpisodeAndNotTheRun() throws IOException {
        AlignRuns.align(words("failing", "--environment", Failing.class.getName()));
        assertThat(AlignRuns.steps(runs.at("failing"))
                        .get(0)
                        .path("episodes/failed_fraction")
                        .doubleValue())
                .isBetween(0.25, 0.75);
        assertThat(episodes(runs.at("failing")))
                .filteredOn(line -> line.has("error"))
                .allSatisfy(line -> assertThat(line.path("error").textValue()).contains("fails by its seed"))
                .isNotEmpty();
    }

    /** Fails in every other episode: in its reset, or in its first step. */
    public static final class Failing implements Environment {
        private long seed;

        @Override
        public String reset(PromptTokens row, long drawn) {
            seed = drawn;
            if (seed % 4 == 0) {
                throw new IllegalStateException("fails by its seed.");
            }
            return "";
        }

        @Override
        public Step step(String action) {
            if (seed % 2 == 0) {
                throw new IllegalStateException("fails by its seed.");
            }
            return new Step("", 1, true);
        }
    }

    @Test
    void anEnvironmentThatHangsIsLeft() throws IOException {
        AlignRuns.align(words(
                "hanging",
                "--environment",
                Hanging.class.getName(),
                "--max-episode-seconds",
                "0.2",
                "--max-steps",
                "1"));
        assertThat(AlignRuns.steps(runs.at("hanging"))
                        .get(0)
                        .path("episodes/failed_fraction")
                        .doubleValue())
                .isEqualTo(1);
        assertThat(episodes(runs.at("hanging")))
                .anySatisfy(line -> assertThat(line.path("error").asText()).contains("max-episode-seconds (0.2 s)"));
    }

    /** Never answers a turn. */
    public static final class Hanging implements Environment {
        @Override
        public String reset(PromptTokens row, long seed) {
            return "";
        }

        @Override
        public Step step(String action) throws InterruptedException {
            Thread.sleep(Long.MAX_VALUE);
            return new Step("", 0, true);
        }
    }

    @Tag("long")
    @Test
    void aKilledRunIsTakenUpToTheLastBit() throws Exception {
        Random random = new Random(9);
        String[] options = {"--max-steps", "6", "--save-every", "1", "--eval-fraction", "0.2", "--credit", "turn"};
        Path run = runs.at("run");
        ChildAlign.killAndResume(run, words("run", options), 1, () -> 2 + random.nextInt(3));
        AlignRuns.align(words("undisturbed", options));
        AlignRuns.assertSameToTheEnd(run, runs.at("undisturbed"), "ppo.json");
        assertThat(run.resolve("episodes.jsonl"))
                .hasSameBinaryContentAs(runs.at("undisturbed").resolve("episodes.jsonl"));
    }

    /** A kill after lines were written and before their step counted leaves lines that the step's second time replaces. */
    @Test
    void linesOfAStepThatDidNotCountAreReplaced() throws IOException {
        AlignRuns.align(words("whole", "--max-steps", "2", "--save-every", "1"));
        AlignRuns.align(words("run", "--max-steps", "1", "--save-every", "1"));
        Path log = runs.at("run").resolve("episodes.jsonl");
        Files.writeString(
                log,
                Files.readString(log) + "{\"step\":2,\"episode\":0,\"turn\":0}\n{\"step\":2,\"epi",
                java.nio.charset.StandardCharsets.UTF_8);
        AlignRuns.align(List.of("resume", runs.at("run").toString(), "--max-steps", "2"));
        assertThat(log).hasSameBinaryContentAs(runs.at("whole").resolve("episodes.jsonl"));
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() throws IOException {
        refused("credit is turn but algorithm is rloo", "--algorithm", "rloo", "--credit", "turn");
        refused("credit is turn but algorithm is online-dpo", "--algorithm", "online-dpo", "--credit", "turn");
        refused(
                "credit is turn but ratio is sequence",
                "--algorithm",
                "grpo",
                "--credit",
                "turn",
                "--ratio",
                "sequence");
        refused("max-turns is 0", "--max-turns", "0");
        refused("max-episode-seconds is 0", "--max-episode-seconds", "0");
        refused("max-episode-tokens is 2 but a turn may have 6", "--max-episode-tokens", "2");
        refused("episodes with an environment are played in one process", "--cluster", "local-cluster[2,1,1024]");
        refused("environment is Nowhere, which is no environment", "--environment", "Nowhere");
        List<String> without = new ArrayList<>(runs.words("without"));
        without.addAll(List.of("--max-turns", "3"));
        assertThat(AlignRuns.ends(2, without)).contains("max-turns is given, but there is no environment");
        assertThat(runs.at("without")).doesNotExist();
    }

    private void refused(String sentence, String... options) throws IOException {
        assertThat(AlignRuns.ends(2, words("refused", options)))
                .as(Arrays.toString(options))
                .contains(sentence);
        assertThat(runs.at("refused")).doesNotExist();
    }
}
