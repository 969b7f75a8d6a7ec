package org.align4j.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * How a process reward model reads answers. Lies next to its weights as {@code process_reward.json}.
 *
 * @param separator what ends a step
 * @param aggregate what an answer's score is
 */
record StepForm(String separator, Aggregate aggregate) {
    /** The file's name in an adapter's or a model's folder. */
    public static final String FILE_NAME = "process_reward.json";

    /** What is meant where nothing is said. */
    public static final StepForm USUAL = new StepForm("\n", Aggregate.MIN);

    public StepForm {
        if (separator.isEmpty()) {
            throw new InputException(
                    "step-separator is empty but must be what ends a step; leave it out for a line break.");
        }
    }

    /** Returns this form with another separator or aggregate where one is asked for. */
    public StepForm with(@Nullable String otherSeparator, @Nullable Aggregate otherAggregate) {
        return new StepForm(
                otherSeparator == null ? separator : otherSeparator,
                otherAggregate == null ? aggregate : otherAggregate);
    }

    /**
     * Reads the form of an adapter's or a model's folder; {@link #USUAL} where it has no such file.
     *
     * @throws InputException where the file is no such file
     */
    public static StepForm read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            return USUAL;
        }
        try {
            JsonNode node = Json.read(file);
            Aggregate aggregate = Arrays.stream(Aggregate.values())
                    .filter(known -> known.label()
                            .equals(node.path("aggregate").asText("").toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElse(null);
            if (aggregate == null || !node.path("step_separator").isTextual()) {
                throw new InputException(
                        file + " must hold \"step_separator\" (text) and \"aggregate\" (min, product or last);"
                                + " restore it, or remove it for a line break and min.");
            }
            return new StepForm(node.get("step_separator").textValue(), aggregate);
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is broken JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be read", e);
        }
    }

    /** Writes the file into a folder. */
    void write(Path folder) throws IOException {
        FreshFile.write(
                folder.resolve(FILE_NAME),
                Json.indented(Json.object().put("step_separator", separator).put("aggregate", aggregate.label()))
                        .getBytes(StandardCharsets.UTF_8));
    }
}
