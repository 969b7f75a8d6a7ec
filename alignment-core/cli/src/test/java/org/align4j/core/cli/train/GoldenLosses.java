package org.align4j.core.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.machine.Natives;
import org.align4j.core.machine.Processor;

/**
 * The losses of a run's first 20 steps as {@code src/test/resources/golden/NAME.json} has them for each kind of processor: equal to the
 * last bit on a kind that is there, within 1e-6 of the first kind's elsewhere. Where answers are sampled, another processor may draw
 * another token by its last bits; from the first step whose mean score differs nothing is compared. {@code
 * -Dalign4j.write-golden=true} writes what this machine computes.
 */
public final class GoldenLosses {
    private static final int STEPS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LOSS = "loss";
    private static final String SCORE = "objective/scores";

    private GoldenLosses() {}

    /** The build of libtorch, and what its kernels are chosen by. */
    private static String kind() {
        Processor processor = Processor.current();
        String maker =
                processor.name().contains("AMD") ? "AMD" : processor.name().contains("Intel") ? "Intel" : "other";
        return "libtorch " + Natives.PYTORCH + ", " + maker + " " + processor.architecture() + " "
                + String.join(" ", processor.features());
    }

    /** Compares a run of at least 20 steps with the file of a name. */
    public static void check(Path run, String name) throws IOException {
        Path file = Path.of("src", "test", "resources", "golden", name + ".json");
        List<JsonNode> steps = AlignRuns.steps(run).subList(0, STEPS);
        if (Boolean.getBoolean("align4j.write-golden")) {
            write(file, steps);
        }
        JsonNode known = AlignRuns.json(file);
        if (known.has(kind())) {
            assertThat(numbers(steps)).as(name + " on " + kind()).isEqualTo(known.get(kind()));
        } else {
            assertNear(steps, known.elements().next());
        }
    }

    private static void assertNear(List<JsonNode> steps, JsonNode golden) {
        for (int i = 0; i < STEPS; i++) {
            JsonNode step = golden.get(i);
            if (step.has(SCORE) && i > 0 && differ(step.get(SCORE), steps.get(i).get(SCORE))) {
                return;
            }
            double loss = step.get(LOSS).asDouble();
            assertThat(steps.get(i).get(LOSS).asDouble())
                    .as("step %d", i + 1)
                    .isCloseTo(loss, within(1e-6 * Math.max(1, Math.abs(loss))));
        }
    }

    private static boolean differ(JsonNode x, JsonNode y) {
        return Math.abs(x.asDouble() - y.asDouble()) > 1e-9;
    }

    private static ArrayNode numbers(List<JsonNode> steps) {
        ArrayNode numbers = JSON.createArrayNode();
        for (JsonNode step : steps) {
            ObjectNode own = numbers.addObject();
            own.set(LOSS, step.get(LOSS));
            if (step.has(SCORE)) {
                own.set(SCORE, step.get(SCORE));
            }
        }
        return numbers;
    }

    private static void write(Path file, List<JsonNode> steps) throws IOException {
        ObjectNode all = Files.exists(file) ? (ObjectNode) AlignRuns.json(file) : JSON.createObjectNode();
        all.set(kind(), numbers(steps));
        Files.createDirectories(file.getParent());
        Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
    }
}
