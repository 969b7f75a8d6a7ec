package org.align4j.core.data.split;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.RatedNeighbours;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.read.RowParser;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/** Reads the rows of some files, as often as one likes; rows that are left out are skipped. */
final class RowStream {
    /** The reasons for which rows are left out that are distinguished. */
    private static final int REASONS = 20;

    private final RowSource source;
    private final BitSet leftOut = new BitSet();

    private final IntConsumer watcher;

    RowStream(RowSource source) {
        this(source, rows -> {});
    }

    /** @param watcher receives how many rows more were read; rows that are read again count again */
    RowStream(RowSource source, IntConsumer watcher) {
        this.source = source;
        this.watcher = watcher;
    }

    /** Takes the objects of rows in order. */
    interface Objects {
        void row(Origin origin, Map<String, @Nullable Object> fields);
    }

    /** Takes rows in order, with their prompts in normal form. */
    interface Prompts {
        void row(Origin origin, Map<String, @Nullable Object> fields, String prompt);
    }

    List<Path> files() {
        return source.files();
    }

    /**
     * Skips, from the next reading on, the rows that can't be read.
     *
     * @param parsed whether their prompts must be given
     * @param use takes what a row must have, and throws where it hasn't
     * @return how many rows there are, by what is wrong with them; beyond some reasons, under one for all others
     */
    Map<String, Integer> leaveOutBad(boolean parsed, Objects use) {
        Map<String, Integer> reasons = new LinkedHashMap<>();
        BiConsumer<Origin, InputException> bad = (origin, error) -> {
            leftOut.set(origin.row());
            String reason = origin.reason(error);
            reasons.merge(
                    reasons.size() < REASONS || reasons.containsKey(reason) ? reason : "another reason",
                    1,
                    Integer::sum);
        };
        int first = 0;
        for (Path file : source.files()) {
            RowParser parser = new RowParser(source.format(), source.columns(), RowKind.ANY, Pairing.BEST_WORST);
            Objects receiver = (origin, fields) -> {
                use.row(origin, fields);
                if (parsed) {
                    parser.parse(origin, fields);
                }
            };
            first += read(file, first, receiver, bad);
        }
        return reasons;
    }

    /** Skips a row from the next reading on. */
    void leaveOut(int row) {
        leftOut.set(row);
    }

    /**
     * Reads rows whose prompts don't matter.
     *
     * @throws InputException where a file or a row can't be read, or a row is part of one together with its neighbours, which
     *     could come apart; with file and line
     */
    void read(Objects receiver) {
        int first = 0;
        for (Path file : source.files()) {
            Objects whole = (origin, fields) -> {
                requireWhole(origin, fields);
                receiver.row(origin, fields);
            };
            first += read(file, first, whole, RowStream::refuse);
        }
    }

    /** Rows of one prompt stay together where the prompt says where they go, and only there. */
    private static void requireWhole(Origin origin, Map<String, @Nullable Object> fields) {
        if (RatedNeighbours.rates(fields)) {
            throw origin.error("this row rates one answer to its prompt, and its neighbours the others, which must stay"
                    + " together; make one row of them with align convert --data " + origin.file()
                    + " --out pairs.jsonl and split that, or give --by prompt without --cap-per-user.");
        }
    }

    /** @throws InputException where a file or a row can't be read, with file and line */
    void prompts(Prompts receiver) {
        int first = 0;
        for (Path file : source.files()) {
            RowParser parser = new RowParser(source.format(), source.columns(), RowKind.ANY, Pairing.BEST_WORST);
            Objects prompts = (origin, fields) -> {
                List<Row> rows = parser.parse(origin, fields);
                // a task that nobody judged has no prompt that others could share
                String prompt = rows.isEmpty() ? origin.place() : RowKeys.prompt(rows.get(0));
                receiver.row(origin, fields, prompt);
            };
            first += read(file, first, prompts, RowStream::refuse);
        }
    }

    private static void refuse(Origin origin, InputException error) {
        throw error;
    }

    private int read(Path file, int first, Objects receiver, BiConsumer<Origin, InputException> bad) {
        int[] next = {first};
        try {
            ObjectFile.Receiver objects = new ObjectFile.Receiver() {
                @Override
                public void object(int line, Map<String, @Nullable Object> fields) {
                    StopSignal.throwIfStopped();
                    Origin origin = new Origin(file.toString(), line, next[0]++);
                    if (leftOut.get(origin.row())) {
                        return;
                    }
                    try {
                        receiver.row(origin, fields);
                    } catch (InputException e) {
                        bad.accept(origin, e.about(origin.culprit()));
                    }
                }

                @Override
                public void broken(int line, InputException error) {
                    Origin origin = new Origin(file.toString(), line, next[0]++);
                    if (!leftOut.get(origin.row())) {
                        bad.accept(origin, error.about(Culprit.row(file.toString(), line)));
                    }
                }
            };
            return ObjectFile.of(file, source.form()).read(objects.seenBy(watcher));
        } catch (InputException e) {
            throw e.about(Culprit.data(file.toString()));
        }
    }
}
