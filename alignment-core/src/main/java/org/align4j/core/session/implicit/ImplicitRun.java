package org.align4j.core.session.implicit;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.session.RunStart;

/**
 * Holds what a run's {@code config.yaml} says of its implicit reward.
 *
 * @param path the run, also where one of its checkpoints was given
 * @param beta scales log-ratios to rewards
 * @param reference base, adapter or another model
 * @param config all options by name
 */
record ImplicitRun(Path path, double beta, String reference, JsonNode config) {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /**
     * Reads the options of a run.
     *
     * @param given the run's directory or that of one of its checkpoints
     * @throws InputException where it is no run, or none that compared its policy with a reference
     */
    static ImplicitRun read(String given) {
        Path path = run(Path.of(given));
        JsonNode config = config(path);
        String reference = config.path("reference").asText("");
        if (!config.path("beta").isNumber() || reference.isEmpty()) {
            throw new InputException(format(
                    "implicit is %s, a run whose config.yaml has no beta and reference; give a run of align dpo.",
                    Shortened.path(given)));
        }
        if (reference.equals("none")) {
            throw new InputException(format(
                    "implicit is %s, a run without a reference (loss %s), so there is no log-ratio to make a reward of; give a"
                            + " run of a loss with one, such as sigmoid.",
                    Shortened.path(given), config.path("loss")));
        }
        return new ImplicitRun(path, config.path("beta").asDouble(), reference, config);
    }

    private static Path run(Path path) {
        Path parent = path.toAbsolutePath().normalize().getParent();
        Path run = parent != null && parent.endsWith("checkpoints") ? parent.resolveSibling(".") : path;
        if (!Files.isRegularFile(run.resolve("config.yaml"))) {
            throw new InputException(format(
                    "implicit is %s, which holds no config.yaml; give the directory of a run of align dpo.",
                    Shortened.path(path.toString())));
        }
        return run.normalize();
    }

    private static JsonNode config(Path run) {
        Path file = run.resolve("config.yaml");
        try {
            return YAML.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new InputException(format("%s can't be read: %s; restore it.", file, Shortened.of(e)), e);
        }
    }

    /** The value of an option; empty where it is none. */
    String option(String name) {
        String value = config.path(name).asText("");
        return value.equals("null") || value.equals("none") ? "" : value;
    }

    /** What the run began as. */
    RunStart start() {
        return RunStart.of(path);
    }

    /** Whether the reference moved toward the policy, so that the one at the start is not what training compared with. */
    boolean referenceMoved() {
        return !option("reference-sync-steps").isEmpty();
    }
}
