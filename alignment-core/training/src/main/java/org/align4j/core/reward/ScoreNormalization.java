package org.align4j.core.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;

/**
 * What a reward model's raw scores are shifted and divided by, so that those of its training responses have mean 0 and deviation 1.
 * Lies next to the weights as {@code score_normalization.json}.
 *
 * @param mean of the raw scores
 * @param deviation of the raw scores, above 0
 */
public record ScoreNormalization(double mean, double deviation) {
    /** The file's name in an adapter's or a model's folder. */
    public static final String FILE_NAME = "score_normalization.json";

    /** Leaves scores as they are. */
    public static final ScoreNormalization NONE = new ScoreNormalization(0, 1);

    private static final double SMALLEST = 1e-9;

    public ScoreNormalization {
        if (!Double.isFinite(mean) || !(deviation > 0 && deviation < Double.POSITIVE_INFINITY)) {
            throw new InputException("A score normalization has mean " + mean + " and deviation " + deviation
                    + " but needs finite numbers, the deviation above 0.");
        }
    }

    /**
     * Fits a normalisation to raw scores, at least one; the deviation is that of these very scores. Scores that are all
     * equal are only shifted.
     */
    public static ScoreNormalization of(double[] raw) {
        double mean = Arrays.stream(raw).average().orElse(0);
        double variance =
                Arrays.stream(raw).map(x -> (x - mean) * (x - mean)).average().orElse(0);
        double deviation = Math.sqrt(variance);
        return new ScoreNormalization(mean, deviation < SMALLEST ? 1 : deviation);
    }

    /**
     * Reads the normalisation of an adapter's or a model's folder; {@link #NONE} where it has no such file.
     *
     * @throws InputException where the file is no such file
     */
    public static ScoreNormalization read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            return NONE;
        }
        try {
            JsonNode node = Json.read(file);
            if (!node.path("mean").isNumber() || !node.path("deviation").isNumber()) {
                throw new InputException(
                        file + " must hold the numbers \"mean\" and \"deviation\"; restore it, or remove"
                                + " it for raw scores.");
            }
            return new ScoreNormalization(
                    node.get("mean").asDouble(), node.get("deviation").asDouble());
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is broken JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " can't be read", e);
        }
    }

    /** Writes the file into a folder. */
    public void write(Path folder) throws IOException {
        // In a fixed order: the file of a run that was resumed is that of one that wasn't.
        FreshFile.write(
                folder.resolve(FILE_NAME),
                Json.indented(Json.object().put("mean", mean).put("deviation", deviation))
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the normalised score. */
    public double apply(double raw) {
        return (raw - mean) / deviation;
    }
}
