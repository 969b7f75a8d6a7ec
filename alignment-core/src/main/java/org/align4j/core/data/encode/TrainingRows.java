package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a training run.
 *
 * @param <T> the kind of row
 * @param train the rows to train on
 * @param eval the rows to evaluate on; may be none
 * @param report what became of the data
 * @param drops the rows of the data that are not used
 * @param evalReport what became of eval-data; null where none was given
 * @param warnings what a person should know, one sentence each
 */
public record TrainingRows<T extends TokenRow>(
        List<T> train,
        List<T> eval,
        RowReport report,
        List<Drop> drops,
        @Nullable RowReport evalReport,
        List<String> warnings) {

    /**
     * Reads what the options name. What the template made of the data, and prompts that are evaluated on too, the doctor's checks
     * tell; they are not among the warnings.
     *
     * @param encode one of {@link RowEncoder}'s methods: {@code encoder::pairs}
     * @param seed of the split by prompt
     */
    public static <T extends TokenRow> TrainingRows<T> read(
            DataOptions options, Function<RowSource, EncodedRows<T>> encode, long seed) {
        EncodedRows<T> rows = encode.apply(options.source());
        List<String> warnings = new ArrayList<>(rows.report().warnings());
        if (options.evalData().isEmpty()) {
            PromptSplit<T> split = rows.split(options.evalFraction(), seed);
            List<T> train = shared(split.train(), rows, options, seed, warnings);
            return new TrainingRows<>(train, split.eval(), rows.report(), rows.drops(), null, List.copyOf(warnings));
        }
        EncodedRows<T> eval = encode.apply(options.evalSource());
        eval.report().noteSentences().forEach(note -> warnings.add("Evaluation rows: " + note));
        List<T> train = shared(rows.rows(), rows, options, seed, warnings);
        return new TrainingRows<>(
                train, eval.rows(), rows.report(), rows.drops(), eval.report(), List.copyOf(warnings));
    }

    /** Takes rows to train on as often as the shares of their files say. */
    private static <T extends TokenRow> List<T> shared(
            List<T> train, EncodedRows<T> rows, DataOptions options, long seed, List<String> warnings) {
        RowShares shares = new RowShares(rows.report().files(), options.shares(), seed);
        List<T> taken = shares.of(train);
        warnings.addAll(shares.sentences(train, taken));
        if (taken.isEmpty()) {
            throw new InputException("data has shares so small that no row is left to train on; raise them.");
        }
        return taken;
    }

    /** Tokens of the longest row, a shared prompt counted once. */
    public int longest() {
        return Stream.concat(train.stream(), eval.stream())
                .mapToInt(TokenRow::tokens)
                .max()
                .orElse(0);
    }
}
