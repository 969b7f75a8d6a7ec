package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands that run a model write the same bytes with executors and without. */
class ClusterAnswersTest {
    private static final Path PAIRS =
            TinyRuns.TRACES.resolve("dpo_sigmoid_lora_b4").resolve("data.jsonl");
    private static final String MODEL = TinyRuns.MODEL.toString();
    private static final String[] DRAWN = {"--samples", "2", "--max-new-tokens", "12", "--generation-batch", "4"};

    @TempDir
    Path folder;

    private record Asked(String command, String... options) {
        @Override
        public String toString() {
            return command + " " + String.join(" ", options);
        }
    }

    static Stream<Asked> asked() {
        return Stream.of(
                generate("--dtype", "bf16", "--temperature", "0"),
                generate("--top-k", "20"),
                new Asked(
                        "logprobs",
                        "--model",
                        MODEL,
                        "--data",
                        PAIRS.toString(),
                        "--per-token",
                        "true",
                        "--dtype",
                        "bf16"),
                score("reward-a", "reward_lora_margin_center"),
                score("prm-a", "prm_lora_accum"));
    }

    private static Asked generate(String... more) {
        return new Asked(
                "generate",
                AlignRuns.concat(AlignRuns.concat(DRAWN, "--model", MODEL, "--prompts", PAIRS.toString()), more));
    }

    private static Asked score(String model, String rows) {
        return new Asked(
                "score",
                "--model",
                TinyRuns.REWARD.resolve("models").resolve(model).toString(),
                "--data",
                TinyRuns.REWARD.resolve(rows).resolve("data.jsonl").toString());
    }

    @Tag("long")
    @Test
    void answersOfTwoExecutorsAreThoseOfThisMachine() {
        assertSame(generate(), List.of("2,1"));
    }

    @ParameterizedTest
    @MethodSource("asked")
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void theBytesAreThoseOfOneMachine(Asked asked) {
        assertSame(asked, List.of("1,2", "2,1", "4,1"));
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void implicitRewardsAreThoseOfThisMachine() {
        Path run = folder.resolve("run");
        AlignRuns.align(TinyRuns.dpo(run));
        assertSame(new Asked("score", "--implicit", run.toString(), "--data", PAIRS.toString()), List.of("2,1"));
    }

    /** @param clusters executors, and cores of each */
    private void assertSame(Asked asked, List<String> clusters) {
        Path plain = run(asked, "plain");
        assertThat(plain).isNotEmptyFile();
        for (String executors : clusters) {
            String cluster = "local-cluster[" + executors + ",1024]";
            assertThat(run(asked, "on " + executors, "--cluster", cluster)).hasSameBinaryContentAs(plain);
        }
    }

    private Path run(Asked asked, String name, String... more) {
        Path out = folder.resolve(name);
        String[] usual = {
            "--device", "cpu",
            "--dtype", "fp32",
            "--threads", "1",
            "--out", out.toString()
        };
        AlignRuns.align(AlignRuns.words(asked.command(), AlignRuns.concat(usual, asked.options()), more));
        return out;
    }
}
