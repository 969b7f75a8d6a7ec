package org.align4j.examples.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.Proportion;
import org.align4j.core.files.Json;

/**
 * The log-probabilities that a model gives the held-out pairs, as {@code align logprobs} wrote it.
 *
 * @param chosen log-probability of each chosen answer, summed over its tokens, in nats
 * @param rejected the same of each rejected answer
 * @param chosenTokens tokens of each chosen answer
 * @param rejectedTokens tokens of each rejected answer
 */
@SuppressWarnings("ArrayRecordComponent") // columns of figures, never compared as a whole
record HeldOutScores(double[] chosen, double[] rejected, double[] chosenTokens, double[] rejectedTokens) {

    /** Reads the lines of a file of {@code align logprobs}. */
    static HeldOutScores read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        JsonNode[] rows = new JsonNode[lines.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Json.read(lines.get(i));
        }
        return new HeldOutScores(
                column(rows, "chosen"),
                column(rows, "rejected"),
                column(rows, "chosen_tokens"),
                column(rows, "rejected_tokens"));
    }

    private static double[] column(JsonNode[] rows, String name) {
        return Arrays.stream(rows).mapToDouble(row -> row.path(name).asDouble()).toArray();
    }

    int pairs() {
        return chosen.length;
    }

    /** The pairs whose chosen answer is the likelier one. */
    Proportion chosenLikelier() {
        return Proportion.chosenAbove(chosen, rejected);
    }

    /** The pairs whose chosen answer is the longer one, in tokens. */
    Proportion chosenLonger() {
        return Proportion.chosenAbove(chosenTokens, rejectedTokens);
    }

    /** Returns the mean log-probability per token of one chosen answer. */
    double meanTokenLogProbability(int pair) {
        return chosen[pair] / chosenTokens[pair];
    }

    double meanChosen() {
        return mean(chosen);
    }

    double meanRejected() {
        return mean(rejected);
    }

    /** How much further chosen and rejected are apart than under a reference, in nats, for each pair. */
    double[] logRatioDifferences(HeldOutScores reference) {
        return IntStream.range(0, pairs())
                .mapToDouble(i -> (chosen[i] - reference.chosen[i]) - (rejected[i] - reference.rejected[i]))
                .toArray();
    }

    static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }
}
