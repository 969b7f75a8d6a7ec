package org.align4j.dpo;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.ShownPrompt;
import org.jspecify.annotations.Nullable;

/**
 * One pair, token by token, as the run's newest pass over it computed it: {@code worked-pair.json}.
 *
 * @param heldOut whether it is a held-out pair, else one that is trained on
 * @param row the pair's row in the input, 0-based
 * @param asked the prompt
 * @param chosen the preferred answer
 * @param rejected the other one
 * @param loss what the run makes of the pair
 */
record WorkedPair(
        boolean heldOut, int row, @JsonUnwrapped ShownPrompt asked, Side chosen, Side rejected, LossResult loss) {
    private static final String FILE_NAME = "worked-pair.json";

    /**
     * An answer of T tokens.
     *
     * @param tokens {@code [T]} their texts
     * @param policy {@code [T]} log-probabilities under the policy, nats
     * @param reference {@code [T]} log-probabilities under the reference, nats; null where there is none
     * @param reward what the run reports of the answer
     */
    @SuppressWarnings("ArrayRecordComponent") // an entry of a file, never compared
    public record Side(List<String> tokens, double[] policy, double @Nullable [] reference, double reward) {
        public Side {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * The loss of the pair.
     *
     * @param name of the loss, or the names of several
     * @param beta that scales rewards
     * @param formula {@link org.align4j.dpo.loss.PairLoss#formula}; empty where none holds for the run
     * @param value the loss of this pair; null where only a whole batch has one
     */
    public record LossResult(
            String name,
            double beta,
            String formula,
            @Nullable Double value) {}

    /** Reads a run's pair, empty where it has none. */
    public static Optional<WorkedPair> read(Path run) throws IOException {
        return new ReportFiles(run).read(FILE_NAME, new TypeReference<WorkedPair>() {});
    }

    /** Writes the pair into the run in place of an earlier one. */
    public void writeTo(Path run) throws IOException {
        new ReportFiles(run).write(FILE_NAME, this);
    }
}
