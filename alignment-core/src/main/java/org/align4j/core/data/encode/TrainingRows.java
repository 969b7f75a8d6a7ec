package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.rules.DataOptions;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a training run.
 *
 * @param <T> the kind of row
 * @param train the rows to train on
 * @param eval the rows to evaluate on; may be none
 * @param report what became of the data
 * @param evalReport what became of eval-data; null where none was given
 * @param warnings what a person should know, one sentence each
 */
public record TrainingRows<T extends TokenRow>(
        List<T> train,
        List<T> eval,
        RowReport report,
        @Nullable RowReport evalReport,
        List<String> warnings) {

    /**
     * Reads what the options name.
     *
     * @param encode one of {@link RowEncoder}'s methods: {@code encoder::pairs}
     * @param seed of the split by prompt
     */
    public static <T extends TokenRow> TrainingRows<T> read(
            DataOptions options, Function<RowSource, EncodedRows<T>> encode, long seed) {
        EncodedRows<T> rows = encode.apply(options.source());
        List<String> warnings = new ArrayList<>(rows.report().warnings());
        warnings.addAll(rows.report().noteSentences());
        if (options.evalData().isEmpty()) {
            PromptSplit<T> split = rows.split(options.evalFraction(), seed);
            return new TrainingRows<>(split.train(), split.eval(), rows.report(), null, List.copyOf(warnings));
        }
        EncodedRows<T> eval = encode.apply(options.evalSource());
        eval.report().noteSentences().forEach(note -> warnings.add("Evaluation rows: " + note));
        int shared = eval.sharedPrompts(rows);
        if (shared > 0) {
            warnings.add(shared + " of the " + eval.rows().size() + " evaluation rows have a prompt that is trained on;"
                    + " what they show is partly memory.");
        }
        return new TrainingRows<>(rows.rows(), eval.rows(), rows.report(), eval.report(), List.copyOf(warnings));
    }

    /** Tokens of the longest row, a shared prompt counted once. */
    public int longest() {
        return Stream.concat(train.stream(), eval.stream())
                .mapToInt(TokenRow::tokens)
                .max()
                .orElse(0);
    }
}
