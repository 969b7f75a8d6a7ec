package org.align4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From preferences to a score, from a score to a policy; a score model must read the policy's own tokens. */
class RewardModelForPpoTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path DEMO = ROOT.resolve("data/demo");

    @TempDir
    Path folder;

    private Path pairs;

    @BeforeEach
    void prepare() throws IOException {
        pairs = Files.write(
                folder.resolve("pairs.jsonl"),
                Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 8));
    }

    private static String align(int code, String words, String... more) {
        List<String> all = new ArrayList<>(List.of(words.split(" ")));
        all.addAll(List.of(more));
        Terminal terminal = Terminal.captured();
        int own = Align.run(terminal, all.toArray(String[]::new));
        assertThat(own).as(terminal.captureLog()).isEqualTo(code);
        return terminal.captureLog();
    }

    private String ppo(int code, Path reward) {
        return align(
                code,
                "ppo --dtype fp32 --device cpu --rollouts-per-step 4 --max-new-tokens 8 --max-steps 2 --samples 0 --report false",
                "--model",
                DEMO.resolve("model").toString(),
                "--data",
                pairs.toString(),
                "--reward",
                reward.toString(),
                "--out",
                folder.resolve("ppo").toString());
    }

    private Path trained(String name, int seed) {
        Path reward = folder.resolve(name);
        align(
                0,
                "reward --dtype fp32 --device cpu --max-steps 2 --batch-size 4 --report false --samples 0 --seed "
                        + seed,
                "--model",
                DEMO.resolve("model").toString(),
                "--data",
                pairs.toString(),
                "--out",
                reward.toString());
        return reward;
    }

    /** Two reward models as one; a run doesn't go on under another second one. */
    @Tag("long")
    @Test
    void anEnsembleOfRewardModelsScores() throws IOException {
        Path first = trained("first", 1);
        Path second = trained("second", 2);
        ppo(0, Path.of("ensemble:" + first + "+" + second));
        assertThat(Files.readAllLines(folder.resolve("ppo/metrics.jsonl")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .contains("\"rewards/ensemble/mean\":")
                        .containsPattern("ensemble/spread\":0\\.[0-9]*[1-9]"));
        assertDoesNotGoOnUnderAnother(second);
    }

    @Tag("long")
    @Test
    void aRewardModelOfThePolicysOwnModelScores() throws IOException {
        Path reward = trained("reward", 1);
        ppo(0, reward);
        assertThat(Files.readAllLines(folder.resolve("ppo/metrics.jsonl")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("\"objective/scores\":"));
        assertDoesNotGoOnUnderAnother(reward);
        assertRefusedWithAnotherTokenizer(reward);
    }

    /** What the policy maximises is the scores as they are normalised: another deviation is another reward. */
    private void assertDoesNotGoOnUnderAnother(Path reward) throws IOException {
        Path constants = reward.resolve("adapter/score_normalization.json");
        String before = Files.readString(constants);
        Files.writeString(constants, before.replaceFirst("\"deviation\" : ", "\"deviation\" : 1"));
        String further = "resume " + folder.resolve("ppo") + " --max-steps 3";
        assertThat(align(2, further)).contains("was begun with another reward " + reward + " than is there now");
        Files.writeString(constants, before);
        align(0, further);
    }

    /** Answers in two steps; the policy's own are found in its text. */
    @Test
    void aProcessRewardModelScoresThePolicysSteps() throws IOException {
        Path steps = Files.write(
                folder.resolve("steps.jsonl"),
                List.of(
                        "{\"prompt\": \"Say it.\", \"completions\": [\"One.\", \"Two.\"], \"labels\": [true, false]}",
                        "{\"prompt\": \"Say more.\", \"completions\": [\"Three.\", \"Four.\"], \"labels\": [true, true]}"));
        Path reward = folder.resolve("process");
        align(
                0,
                "reward --dtype fp32 --device cpu --max-steps 2 --batch-size 2 --report false --step-aggregate last",
                "--model",
                DEMO.resolve("model").toString(),
                "--data",
                steps.toString(),
                "--out",
                reward.toString());
        ppo(0, reward);
        assertThat(Files.readAllLines(folder.resolve("ppo/metrics.jsonl")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("\"objective/scores\":"));
    }

    /** The merged model beside a tokenizer that differs by a line. */
    private void assertRefusedWithAnotherTokenizer(Path reward) throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        try (Stream<Path> files = Files.list(reward.resolve("model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, other.resolve(file.getFileName()));
            }
        }
        Path tokenizer = other.resolve("tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer) + "\n\n");
        Files.move(folder.resolve("ppo"), folder.resolve("done"));
        assertThat(ppo(2, other)).contains("a reward model with another tokenizer", "align reward");
        assertThat(folder.resolve("ppo")).doesNotExist();
    }

    @Test
    void aRewardModelOfAnotherVocabularyIsRefused() {
        Path other = ROOT.resolve("alignment-core/src/test/resources/reference/families/llama-reward");
        assertThat(ppo(2, other)).contains("llama-reward", "another tokenizer", "align reward");
        assertThat(folder.resolve("ppo")).doesNotExist();
    }
}
