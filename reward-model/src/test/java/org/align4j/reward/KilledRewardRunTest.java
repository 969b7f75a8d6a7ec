package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.train.command.AlignRuns;
import org.align4j.core.train.command.ChildAlign;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reward run in processes of its own, killed at random moments and resumed: head, adapter and scores as if nothing had been. */
class KilledRewardRunTest {
    private static final int KILLS = Integer.getInteger("align4j.reward.kills", 2);
    private static final String[] OPTIONS = {
        "--max-steps",
        "8",
        "--save-every",
        "1",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.2",
        "--centering",
        "0.01"
    };
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String[] STEPS = {
        "--model",
        TRACES.resolve("models").resolve("prm-a").toString(),
        "--data",
        TRACES.resolve("prm_full_short_last_batch").resolve("data.jsonl").toString(),
        "--centering",
        "0"
    };
    /** What differs from run to run: times, and where the run lies. */
    private static final Set<String> OWN =
            Set.of("metrics.jsonl", "manifest.json", "result.json", "config.yaml", "report.html");

    @TempDir
    private Path folder;

    private static List<String> words(Path out, String... more) {
        String[] all = Arrays.copyOf(OPTIONS, OPTIONS.length + more.length);
        System.arraycopy(more, 0, all, OPTIONS.length, more.length);
        return RewardRuns.reward(out, all);
    }

    private void assertSameAsUndisturbed(Path run, String... more) throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        AlignRuns.align(words(undisturbed, more));
        assertThat(AlignRuns.metrics(run)).isEqualTo(AlignRuns.metrics(undisturbed));
        List<Path> files;
        try (Stream<Path> all = Files.walk(undisturbed)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".safetensors")
                            || (file.toString().endsWith(".json")
                                    && !OWN.contains(file.getFileName().toString())
                                    && !file.startsWith(undisturbed.resolve("checkpoints"))))
                    .toList();
        }
        assertThat(files).anyMatch(file -> file.endsWith("score_normalization.json"));
        for (Path file : files) {
            assertThat(run.resolve(undisturbed.relativize(file))).hasSameBinaryContentAs(file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "full", "steps"})
    void sigkillAtRandomMomentsThenResumeIsBitIdentical(String method) throws Exception {
        String[] more = switch (method) {
            case "full" -> new String[] {"--method", "full", "--lora-dropout", "0"};
            case "steps" -> STEPS;
            default -> new String[] {"--method", "lora"};
        };
        Random random = new Random(9);
        Path run = folder.resolve("run");
        ChildAlign.killAndResume(run, words(run, more), KILLS, () -> 3 + random.nextInt(4));
        assertSameAsUndisturbed(run, more);
    }

    @Test
    void sigtermSavesTheLastStepAndExits() throws Exception {
        Path run = folder.resolve("run");
        ChildAlign child = ChildAlign.start(words(run));
        child.read(5);
        child.terminate();
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(143);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        AlignRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed(run);
    }
}
