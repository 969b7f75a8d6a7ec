package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.StepTokens;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.layout.FileLayout;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Reads data files into token rows. Rows of text go through the model's tokenizer, which is loaded when the first of
 * them comes; token rows are taken as they are. Encoding uses the processor's other cores, the order of rows is that of
 * the input.
 */
public final class RowEncoder {
    private static final int THREADS = Math.min(2, Runtime.getRuntime().availableProcessors());
    private static final int CHUNK = 64;
    private static final int CHUNKS_AHEAD = 8;

    private final RowTokens.Once text;
    private final int vocabularySize;
    private final RowRules rules;

    /**
     * @param text opens the model's tokenizer; asked at most once, and only where a row of text comes. What it throws
     *     becomes that row's error
     * @param vocabularySize token ids the model knows: 0 to below this
     * @param rules what is done about bad and long rows
     */
    public RowEncoder(Supplier<TextEncoder> text, int vocabularySize, RowRules rules) {
        this.text = new RowTokens.Once(text);
        this.vocabularySize = vocabularySize;
        this.rules = rules;
    }

    /** Encodes preferences. */
    public EncodedRows<PairTokens> pairs(RowSource source) {
        return read(source, RowKind.PAIRS, PairTokens.class);
    }

    /** Encodes preferences, and pairs of which neither is better. */
    public EncodedRows<PairTokens> comparisons(RowSource source) {
        return read(source, RowKind.COMPARISONS, PairTokens.class);
    }

    /** Encodes answers, each labelled as desirable or not. */
    public EncodedRows<CompletionTokens> labelledCompletions(RowSource source) {
        return read(source, RowKind.LABELLED_COMPLETIONS, CompletionTokens.class);
    }

    /** Encodes rows of any kind that has answers to score: {@link PairTokens} and {@link CompletionTokens}. */
    public EncodedRows<TokenRow> responses(RowSource source) {
        return read(source, RowKind.RESPONSES, TokenRow.class);
    }

    /**
     * Encodes preferences of rows with one answer or lists of answers on each side: each chosen answer against each rejected one, in
     * that order, all under the number of their row.
     */
    public EncodedRows<PairTokens> everyPair(RowSource source) {
        RowReader reader = source.reader(RowKind.COMPARISONS).with(Pairing.ALL);
        return read(reader, RowKind.COMPARISONS, PairTokens.class, RowTokens.LINE_BREAK, false);
    }

    /**
     * Encodes answers in steps, each labelled as right or wrong.
     *
     * @param separator what ends each step of a row of text
     */
    public EncodedRows<StepTokens> steps(RowSource source, String separator) {
        return read(source, RowKind.STEPS, StepTokens.class, separator);
    }

    /**
     * Encodes rows of any kind that has answers to score step by step: {@link StepTokens}, with or without labels, {@link
     * PairTokens} and {@link CompletionTokens}.
     *
     * @param separator what ends each step of a row of text that has them apart
     */
    public EncodedRows<TokenRow> stepsOrResponses(RowSource source, String separator) {
        return read(source, RowKind.STEPS_OR_RESPONSES, TokenRow.class, separator);
    }

    /** Encodes texts to learn from. */
    public EncodedRows<TextTokens> texts(RowSource source) {
        return read(source, RowKind.TEXTS, TextTokens.class);
    }

    /** Encodes prompts to answer. */
    public EncodedRows<PromptTokens> prompts(RowSource source) {
        return read(source, RowKind.PROMPTS, PromptTokens.class);
    }

    /** Encodes prompts like {@link #prompts}, each with the other fields of its row, which rewards may read. */
    public EncodedRows<PromptTokens> promptsWithFields(RowSource source) {
        RowReader reader = source.reader(RowKind.PROMPTS);
        return read(reader, RowKind.PROMPTS, PromptTokens.class, RowTokens.LINE_BREAK, true);
    }

    /**
     * Encodes prompts like {@link #prompts}, each with one of the other fields of its row said before it ({@link Row#hinted}).
     *
     * @throws InputException naming a row that has no such text
     */
    public EncodedRows<PromptTokens> hintedPrompts(RowSource source, String field) {
        RowTokens tokens = new RowTokens(text, vocabularySize, rules, false, RowTokens.LINE_BREAK, false);
        return read(
                source.reader(RowKind.PROMPTS), RowKind.PROMPTS, PromptTokens.class, tokens, row -> row.hinted(field));
    }

    /** Encodes rows of every kind. */
    public EncodedRows<TokenRow> any(RowSource source) {
        return read(source, RowKind.ANY, TokenRow.class);
    }

    private <T extends TokenRow> EncodedRows<T> read(RowSource source, RowKind kind, Class<T> type) {
        return read(source, kind, type, RowTokens.LINE_BREAK);
    }

    private <T extends TokenRow> EncodedRows<T> read(RowSource source, RowKind kind, Class<T> type, String separator) {
        return read(source.reader(kind), kind, type, separator, false);
    }

    private <T extends TokenRow> EncodedRows<T> read(
            RowReader reader, RowKind kind, Class<T> type, String separator, boolean fields) {
        RowTokens tokens = new RowTokens(text, vocabularySize, rules, kind == RowKind.TEXTS, separator, fields);
        return read(reader, kind, type, tokens, UnaryOperator.identity());
    }

    private <T extends TokenRow> EncodedRows<T> read(
            RowReader reader, RowKind kind, Class<T> type, RowTokens tokens, UnaryOperator<Row> seen) {
        RowTally tally = new RowTally();
        BadRowList bad = new BadRowList();
        List<FileSummary> files;
        try (OrderedTasks threads = new OrderedTasks(THREADS, "encode-rows")) {
            OrderedTasks.Queue<Outcome> work = threads.queue(CHUNK, CHUNKS_AHEAD, outcome -> take(outcome, tally, bad));
            files = reader.read(new RowReader.Sink() {
                private boolean check;
                private int last = -1;

                @Override
                public void object(Origin origin, Map<String, @Nullable Object> values) {
                    check = kind.learned() && FileLayout.isCheck(origin, values);
                }

                @Override
                public void row(Row row) {
                    if (!check) {
                        work.add(() -> tokens.outcome(seen.apply(row)));
                    } else if (last != row.origin().row()) {
                        last = row.origin().row();
                        work.add(() -> new Outcome.Dropped(row.origin(), DropReason.CHECK));
                    }
                }

                @Override
                public void tied(Origin origin) {
                    DropReason reason = check ? DropReason.CHECK : DropReason.NEITHER_BETTER;
                    work.add(() -> new Outcome.Dropped(origin, reason));
                }

                @Override
                public void bad(Origin origin, InputException error) {
                    work.add(() -> new Outcome.Bad(origin, error, Outcome.Stage.READING));
                }
            });
            work.finish();
        }
        if (!bad.isEmpty()) {
            throw bad.error(files.stream().mapToInt(FileSummary::rows).sum());
        }
        EncodedRows<TokenRow> encoded = tally.finish(kind, files);
        requireFewTooLong(encoded.report());
        List<T> rows = encoded.rows().stream().map(type::cast).toList();
        return new EncodedRows<>(rows, encoded.promptKeys(), encoded.drops(), encoded.report());
    }

    private void take(Outcome outcome, RowTally tally, BadRowList bad) {
        if (outcome instanceof Outcome.Used used) {
            tally.use(used);
        } else if (outcome instanceof Outcome.Dropped dropped) {
            tally.drop(dropped.origin(), dropped.reason(), dropped.reason().text());
        } else if (outcome instanceof Outcome.Bad row && rules.badRows() == BadRows.DROP) {
            tally.drop(
                    row.origin(), DropReason.BAD_ROW, String.valueOf(row.error().getMessage()));
        } else if (outcome instanceof Outcome.Bad row) {
            bad.add(row);
            bad.requireOthers(tally.used());
        } else if (outcome instanceof Outcome.Fatal fatal) {
            throw fatal.error();
        }
    }

    private void requireFewTooLong(RowReport report) {
        int count = 0;
        String first = "";
        for (DropReason reason : List.of(DropReason.PROMPT_TOO_LONG, DropReason.TOO_LONG)) {
            RowReport.Places dropped = report.dropped().get(reason);
            count += dropped == null ? 0 : dropped.count();
            first = dropped == null ? first : dropped.first().get(0);
        }
        if (rules.tooLong() == null && count > RowRules.DROPPED_UNASKED * report.read()) {
            throw new InputException(first + ": this row and others, " + count + " of " + report.read() + " ("
                    + RowReport.percent((double) count / report.read()) + "), are longer than max-length "
                    + rules.maxLength() + "; raise max-length, or choose too-long drop, keep-start or keep-end.");
        }
    }

    /** Gathers the bad rows of data that may have none, for one error that says each reason once and counts its rows. */
    private static final class BadRowList {
        private final List<Outcome.Bad> first = new ArrayList<>();
        private final BadReasons reasons = new BadReasons();

        /** Adds a bad row; its message is complete, with file and line. */
        void add(Outcome.Bad row) {
            reasons.add(row.origin().place(), String.valueOf(row.error().getMessage()));
            if (first.size() < 2) {
                first.add(row);
            }
        }

        /**
         * Ends the reading where the fault is not the rows': the first two can't be encoded for the same reason.
         *
         * @param used rows that could be encoded
         * @throws InputException the first row's
         */
        void requireOthers(int used) {
            boolean alike = reasons.count() == 2
                    && first.get(0).stage() == Outcome.Stage.ENCODING
                    && first.get(0).reason().equals(first.get(1).reason());
            if (alike && used == 0) {
                throw first.get(0).error();
            }
        }

        boolean isEmpty() {
            return reasons.count() == 0;
        }

        /**
         * The error of the rows so far; that of a single row is its own.
         *
         * @param read how many rows there are, bad ones included
         */
        InputException error(int read) {
            if (reasons.count() == 1) {
                return first.get(0).error();
            }
            String end = reasons.count() == read
                    ? "All " + read + " rows are bad."
                    : reasons.count() + " bad rows of " + read + "; bad-rows drop leaves them out.";
            return new InputException(
                    String.join("\n", reasons.sentences()) + "\n" + end,
                    first.get(0).error());
        }
    }
}
