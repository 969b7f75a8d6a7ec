package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.NotFiniteRuns;
import org.align4j.core.kernel.SpoiltKernels.Place;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Updates that are not finite, by what a reward says of one of twelve prompts; two steps an epoch. */
class NotFinitePpoTest {
    @TempDir
    private Path folder;

    private static List<String> words(PpoRuns runs, String name, String onNan) {
        return runs.words(
                name,
                "--max-steps",
                "6",
                "--save-every",
                "1",
                "--keep",
                "9",
                "--threads",
                "1",
                "--shuffle",
                "false",
                "--reward",
                Excited.class.getName(),
                "--on-nan",
                onNan);
    }

    /** The prompt is among those of steps 1, 3 and 5. */
    @Test
    void aSkippedStepMovesNothing() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        AlignRuns.align(words(runs, "run", "skip"));
        Path run = runs.at("run");
        assertThat(skipped(run)).containsExactly(8, -1, 8, -1, 8, -1);
        for (String file : List.of("adapter/adapter_model.safetensors", "optimizer.safetensors")) {
            assertThat(run.resolve("checkpoints/step-000003").resolve(file))
                    .hasSameBinaryContentAs(
                            run.resolve("checkpoints/step-000002").resolve(file));
        }
    }

    /** No prompt is known to be to blame: all of step 1 go; what it would have been is passed over. */
    @Tag("long")
    @Test
    void goingBackLeavesThePromptsOut() throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        AlignRuns.align(words(runs, "run", "roll-back"));
        assertThat(skipped(runs.at("run"))).containsExactly(0, -1, 0, -1, 0, -1);
        JsonNode told = AlignRuns.json(runs.at("run").resolve("manifest.json")).get("not_finite");
        assertThat(told).hasSize(1);
        assertThat(told.get(0).get("rows")).hasSize(8);
        AlignRuns.align(words(runs, "again", "roll-back"));
        AlignRuns.assertSame(runs.at("again"), runs.at("run"));
    }

    /** GRPO, whose steps of one update have no critic beside them: a loss is blamed on all prompts of its step. */
    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void aGrpoRunEndsSkipsOrGoesBackToTheLastBit(Place place) throws IOException {
        PpoRuns runs = new PpoRuns(folder);
        String[] own = {
            "--algorithm",
            "grpo",
            "--rollouts-per-step",
            "8",
            "--samples-per-prompt",
            "2",
            "--ppo-epochs",
            "1",
            "--mini-batches",
            "1"
        };
        String[] options = NotFiniteRuns.options(own);
        new NotFiniteRuns(folder, out -> runs.words(String.valueOf(out.getFileName()), options), 4).check(place);
    }

    private static List<Integer> skipped(Path run) throws IOException {
        return AlignRuns.steps(run).stream()
                .map(line -> line.path("num_skipped").asInt(-1))
                .toList();
    }
}
