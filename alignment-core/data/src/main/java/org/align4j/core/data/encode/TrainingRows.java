package org.align4j.core.data.encode;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowReader.FileSummary;
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

    /** Tokens of the longest row, with a shared prompt once. */
    public int longest() {
        return Stream.concat(train.stream(), eval.stream())
                .mapToInt(TokenRow::tokens)
                .max()
                .orElse(0);
    }

    /**
     * Takes the rows of each file as often as its share says: the whole part of it always, once more by a seeded hash of the
     * row's number for the rest. A function of rows, shares and seed alone, so that a resumed run takes the same ones.
     */
    private static final class RowShares {
        private final List<FileSummary> files;
        private final List<Double> shares;
        private final long seed;

        /** @param shares one for each file */
        RowShares(List<FileSummary> files, List<Double> shares, long seed) {
            this.files = files;
            this.shares = shares;
            this.seed = seed;
        }

        /** Returns the rows in their order, each as often as it is taken in an epoch. */
        <T extends TokenRow> List<T> of(List<T> rows) {
            if (shares.stream().allMatch(share -> share == 1)) {
                return rows;
            }
            List<T> taken = new ArrayList<>();
            for (T row : rows) {
                int times = times(row.row());
                for (int i = 0; i < times; i++) {
                    taken.add(row);
                }
            }
            return List.copyOf(taken);
        }

        private int times(int row) {
            double share = shares.get(fileOf(row));
            double place = (TokenHash.mix(row ^ TokenHash.mix(seed)) >>> 11) * 0x1p-53;
            int whole = (int) Math.floor(share);
            return whole + (place < share - whole ? 1 : 0);
        }

        private int fileOf(int row) {
            int file = 0;
            int end = files.get(0).rows();
            while (row >= end) {
                file++;
                end += files.get(file).rows();
            }
            return file;
        }

        /** Returns what is taken of each file that has a share of its own, one sentence each. */
        <T extends TokenRow> List<String> sentences(List<T> rows, List<T> taken) {
            List<String> sentences = new ArrayList<>();
            for (int file = 0; file < files.size(); file++) {
                if (shares.get(file) != 1) {
                    sentences.add(format(
                            "%s has the share %s: its %d rows to train on are taken %d times in an epoch.",
                            files.get(file).file(), shares.get(file), count(rows, file), count(taken, file)));
                }
            }
            return sentences;
        }

        private <T extends TokenRow> long count(List<T> rows, int file) {
            return rows.stream().filter(row -> fileOf(row.row()) == file).count();
        }
    }
}
