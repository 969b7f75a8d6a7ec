package org.align4j.core.cli.train;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.kernel.SpoiltKernels;
import org.align4j.core.kernel.SpoiltKernels.Place;
import org.align4j.core.terminal.Terminal;

/**
 * Runs of a training command in the third step of which a loss, a gradient or a slot of the optimizer is NaN, by {@code --on-nan}. Each
 * ends as docs/reliability.md says, to the last bit.
 */
public final class NotFiniteRuns {
    private static final int STEP = 3;
    private static final List<String> STATE =
            List.of("adapter/adapter_model.safetensors", "optimizer.safetensors", "optimizer.json");

    /** Options that such a run has besides its own: one update a step, a checkpoint after each. */
    private static final String[] OPTIONS = {
        "--max-steps", "5", "--save-every", "1", "--keep", "9", "--samples", "0", "--threads", "1", "--report", "false"
    };

    private final Path folder;
    private final FaultSweep.Command command;
    private final int blamed;

    /**
     * @param folder where the runs lie
     * @param command of {@link #options}
     * @param blamed rows that a loss is found to be of: 1, or all of a step's where the method can't tell
     */
    public NotFiniteRuns(Path folder, FaultSweep.Command command, int blamed) {
        this.folder = folder;
        this.command = command;
        this.blamed = blamed;
    }

    /** Adds the options to a command's own. */
    public static String[] options(String... own) {
        return AlignRuns.concat(own, OPTIONS);
    }

    /** Asks for what holds of one place, whatever the options say. */
    public void check(Place place) throws IOException {
        for (String onNan : List.of("fail", "skip", "roll-back")) {
            check(place, onNan);
        }
    }

    private void check(Place place, String onNan) throws IOException {
        boolean ends = onNan.equals("fail") || (onNan.equals("skip") && place == Place.SLOT);
        Path run = spoilt(place, onNan, ends ? 1 : 0);
        if (ends) {
            assertGoesOnExactly(run, onNan);
        } else if (onNan.equals("skip")) {
            assertMovedNothing(run);
        } else if (place == Place.SLOT) {
            assertMended(run);
        } else {
            assertLeftOut(run, place);
        }
    }

    private List<String> words(Path run, String onNan) {
        List<String> words = new ArrayList<>(command.words(run));
        words.addAll(List.of("--on-nan", onNan));
        return words;
    }

    private Path undisturbed(String onNan) {
        Path run = folder.resolve("undisturbed-" + onNan);
        if (!Files.exists(run)) {
            AlignRuns.align(words(run, onNan));
        }
        return run;
    }

    private Path spoilt(Place place, String onNan, int code) {
        Path run = folder.resolve(format("%s-%s", place, onNan));
        Terminal terminal = Terminal.captured();
        try (SpoiltKernels kernels = SpoiltKernels.at(place, STEP)) {
            assertThat(Align.run(terminal, words(run, onNan).toArray(String[]::new)))
                    .as(terminal.captureLog())
                    .isEqualTo(code);
            assertThat(kernels.isDone()).isTrue();
        }
        String where = place == Place.SLOT ? "The second moment of [^ ]+ is not finite before" : "became NaN at";
        assertThat(terminal.captureLog()).containsPattern(where + " step 3");
        return run;
    }

    private void assertGoesOnExactly(Path run, String onNan) throws IOException {
        JsonNode result = AlignRuns.json(run.resolve("result.json"));
        assertThat(result.get("step").asInt()).isEqualTo(STEP - 1);
        assertThat(result.get("reason").asText())
                .contains(onNan.equals("skip") ? "on-nan roll-back can" : "not applied");
        AlignRuns.align(List.of("resume", run.toString()));
        AlignRuns.assertSameToTheEnd(run, undisturbed(onNan));
    }

    private static void assertMovedNothing(Path run) throws IOException {
        for (String file : STATE) {
            assertThat(checkpoint(run, STEP).resolve(file))
                    .hasSameBinaryContentAs(checkpoint(run, STEP - 1).resolve(file));
        }
        JsonNode line = AlignRuns.steps(run).get(STEP - 1);
        assertThat(line.get("num_skipped").asInt()).isPositive();
        assertThat(AlignRuns.steps(run).get(STEP).has("num_skipped")).isFalse();
        assertThat(told(run).get("done").asText()).isEqualTo("skipped");
    }

    private void assertMended(Path run) throws IOException {
        Path usual = undisturbed("roll-back");
        assertThat(AlignRuns.product(run).path())
                .hasSameBinaryContentAs(AlignRuns.product(usual).path());
        for (String file : STATE) {
            assertThat(checkpoint(run, 5).resolve(file))
                    .hasSameBinaryContentAs(checkpoint(usual, 5).resolve(file));
        }
        List<JsonNode> steps = AlignRuns.steps(run);
        assertThat(((ObjectNode) steps.get(STEP - 1)).remove("num_rolled_back").asInt())
                .isEqualTo(1);
        assertThat(steps).isEqualTo(AlignRuns.steps(usual));
    }

    /** The rows to blame go, and the step is taken without them; where these are all, it is passed over. */
    private void assertLeftOut(Path run, Place place) throws IOException {
        JsonNode step = AlignRuns.steps(run).get(STEP - 1);
        int left = told(run).get("rows").size();
        assertThat(step.get("num_left_out").asInt()).isEqualTo(left);
        assertThat(step.get("num_rolled_back").asInt()).isEqualTo(1);
        if (place == Place.LOSS) {
            assertThat(left).isEqualTo(blamed);
        }
        assertThat(step.path("num_skipped").isMissingNode()).isEqualTo(place == Place.LOSS && blamed == 1);
        assertThat(AlignRuns.steps(run))
                .extracting(line -> line.get("step").asInt())
                .containsExactly(1, 2, 3, 4, 5);
    }

    private static JsonNode told(Path run) throws IOException {
        JsonNode told = AlignRuns.json(run.resolve("manifest.json")).get("not_finite");
        assertThat(told).hasSize(1);
        assertThat(told.get(0).get("step").asInt()).isEqualTo(STEP);
        return told.get(0);
    }

    private static Path checkpoint(Path run, int step) {
        return run.resolve(format("checkpoints/step-%06d", step));
    }
}
