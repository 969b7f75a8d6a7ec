package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.align4j.core.data.file.MessageTexts;
import org.align4j.core.data.layout.FileLayout;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Content;
import org.align4j.core.data.row.Row.Kind;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Turns the objects of one file into rows. The first usable row decides the file's layout, unless the user did; a row that
 * doesn't fit it is read by its own keys, and that is noted.
 */
public final class RowParser {
    private final RowFormat format;
    private final Columns columns;
    private final RowKind kind;
    private final boolean learned;
    private final Pairing pairing;
    private RowFormat layout;
    private String need;
    private final Map<String, Integer> unread = new TreeMap<>();
    private final Set<String> judging = new TreeSet<>();
    private final OneForm form;
    private final FileLayout others;

    /** Reads rows of a layout, or finds it out, under the names that the columns give, as far as a command can use them. */
    public RowParser(RowFormat format, Columns columns, RowKind kind, Pairing pairing) {
        this(format, columns, kind, pairing, new OneForm());
    }

    private RowParser(RowFormat format, Columns columns, RowKind kind, Pairing pairing, OneForm form) {
        this.format = format;
        this.others = new FileLayout(format, columns, kind == RowKind.TEXTS, pairing);
        this.layout = others.format() == null ? format : RowFormat.AUTO;
        this.need = layout == RowFormat.AUTO ? kind.need() : layout.need();
        this.columns = columns;
        this.kind = kind;
        this.learned = kind.learned();
        this.pairing = pairing;
        this.form = form;
    }

    /**
     * What a row's layout reads as its prompt and answers, before margin, tie and other keys are considered.
     *
     * @param labels whether the answer is desirable, or each step right; none where the row says nothing
     */
    record RowContent(Kind kind, Content prompt, List<Content> answers, List<Boolean> labels) {
        static RowContent pair(Content prompt, Content chosen, Content rejected) {
            return new RowContent(Kind.PAIR, prompt, List.of(chosen, rejected), List.of());
        }

        static RowContent prompt(Content prompt) {
            return new RowContent(Kind.PROMPT, prompt, List.of(), List.of());
        }

        static RowContent text(Content text) {
            return new RowContent(Kind.TEXT, Row.NONE, List.of(text), List.of());
        }

        boolean isPair() {
            return kind == Kind.PAIR || kind == Kind.APART;
        }

        boolean isPlainText() {
            return kind == Kind.TEXT && answers.get(0) instanceof Row.Text;
        }
    }

    /**
     * Holds the rows of a file to one form. Where a system text or earlier turns with plain text make messages of one row,
     * no other row may stay plain text, since the model would see the one through its chat template and the other without.
     */
    private static final class OneForm {
        private static final String ADVICE =
                "; give system or history to every row (\"\" or [] where there is none), or to none.";

        private @Nullable Origin plain;
        private @Nullable Origin messages;

        /** @throws InputException where an earlier row has the other form */
        void require(RowContent row, Fields fields) {
            String beside = fields.messagesBecause();
            if (beside != null) {
                if (plain != null) {
                    throw fields.origin()
                            .error("this row has " + beside + " beside its text and is read as messages, but line "
                                    + plain.line() + " of the file has not and is plain text" + ADVICE);
                }
                messages = fields.origin();
                fields.note(beside + " is given beside plain text, so that prompt and answers are read as messages");
            } else if (row.prompt instanceof Row.Text && row.kind != Kind.TEXT) {
                if (messages != null) {
                    throw fields.origin()
                            .error("this row is plain text, but line " + messages.line()
                                    + " of the file is read as messages because of what is given beside its text"
                                    + ADVICE);
                }
                plain = fields.origin();
            }
        }
    }

    /** Returns a parser for a row of this file that is laid out otherwise than the rows before it. */
    public RowParser fresh() {
        return new RowParser(format, columns, kind, pairing, form);
    }

    /** Returns the rest of a sentence that says that a row has another layout than the file's first usable one. */
    public static String noteOf(RowFormat layout, RowFormat first) {
        return "the keys are those of format " + layout.label() + ", while the file's first usable row is of format "
                + first.label();
    }

    /** The file's layout; {@code AUTO} while no row has shown it. */
    public RowFormat layout() {
        RowFormat other = others.format();
        return other == null ? layout : other;
    }

    /** The keys seen in the file that mean nothing to this command, each with how many rows have it. */
    public Map<String, Integer> unread() {
        return unread;
    }

    /** The keys among the unread ones that judge answers which nothing else judges. */
    Set<String> judging() {
        return judging;
    }

    /**
     * Parses one object of the file.
     *
     * @return its rows: mostly one; none where its answers are labelled alike and the command can't use that
     * @throws InputException where the row is bad, with file and line
     */
    public List<Row> parse(Origin origin, Map<String, @Nullable Object> values) {
        List<String> notes = new ArrayList<>();
        Map<String, @Nullable Object> fields = MessageTexts.read(values, notes::add);
        List<Row> rows;
        try {
            rows = inLayout(origin, fields);
        } catch (InputException e) {
            if (format != RowFormat.AUTO || layout() == RowFormat.AUTO) {
                throw e;
            }
            rows = otherwise(origin, fields, e);
        }
        return noted(rows, notes);
    }

    /** Returns rows of which the first has more notes. */
    private static List<Row> noted(List<Row> rows, List<String> sentences) {
        if (rows.isEmpty() || sentences.isEmpty()) {
            return rows;
        }
        List<String> notes = new ArrayList<>(rows.get(0).notes());
        notes.addAll(sentences);
        List<Row> noted = new ArrayList<>(rows);
        noted.set(0, rows.get(0).with(notes));
        return noted;
    }

    /** Reads a row that doesn't fit the file's layout by its own keys. */
    private List<Row> otherwise(Origin origin, Map<String, ? extends @Nullable Object> values, InputException unfit) {
        RowParser own = fresh();
        List<Row> rows;
        try {
            rows = own.inLayout(origin, values);
        } catch (InputException e) {
            throw unfit;
        }
        own.unread.forEach((key, count) -> unread.merge(key, count, Integer::sum));
        judging.addAll(own.judging);
        return own.layout() == layout() ? rows : noted(rows, List.of(noteOf(own.layout(), layout())));
    }

    private List<Row> inLayout(Origin origin, Map<String, ? extends @Nullable Object> values) {
        FileLayout.Translation other =
                layout == RowFormat.AUTO || others.format() != null ? others.translate(origin, values) : null;
        if (other == null) {
            return own(origin, new Fields(origin, values, columns, need), values.keySet());
        }
        List<Row> rows = new ArrayList<>();
        for (Map<String, @Nullable Object> row : other.rows()) {
            if (!kind.ordered() || !Boolean.TRUE.equals(row.get("tie"))) {
                Fields fields =
                        new Fields(origin, row, columns, other.layout().format().need());
                other.notes().forEach(fields::note);
                rows.addAll(own(origin, fields, values.keySet()));
            }
        }
        others.settle(other.layout());
        return rows;
    }

    /**
     * Parses an object that has the keys of this project's own layouts, such as a translated row.
     *
     * @throws InputException where the row is bad, with file and line
     */
    public List<Row> parseOwn(Origin origin, Map<String, ? extends @Nullable Object> values) {
        return own(origin, new Fields(origin, values, columns, need), values.keySet());
    }

    /** @param written the keys that the file has; others are made by a layout, and nobody needs to read them */
    private List<Row> own(Origin origin, Fields fields, Set<String> written) {
        RowFormat shown = layout == RowFormat.AUTO ? OwnLayouts.detect(kind, fields) : layout;
        boolean mixed = layout == RowFormat.PAIRS && format == RowFormat.AUTO;
        Map<String, @Nullable Object> left = fields.unread(); // grows shorter with each field that is read
        RowContent content;
        boolean tied = false;
        Double margin = null;
        String rightAnswer = null;
        Map<String, Object> beside = Map.of();
        if (kind == RowKind.PROMPTS) {
            shown = mixed && OwnLayouts.startsAsTranscript(fields) ? RowFormat.HH : shown;
            content = RowContent.prompt(OwnLayouts.promptOf(shown, fields));
            rightAnswer = fields.rightAnswer();
            beside = beside(fields, left, written);
        } else {
            content = OwnLayouts.read(shown, kind, mixed, fields);
            shown = mixed && content.prompt instanceof Transcript ? RowFormat.HH : shown;
            margin = content.isPair() ? fields.margin() : null;
            tied = content.isPair() && fields.tie();
            content = tied ? tie(content, margin, fields) : content;
        }
        if (!tied && kind != RowKind.PROMPTS) {
            heedJudgements(content, shown, fields, left);
        }
        boolean halved = kind == RowKind.LABELLED_COMPLETIONS && content.isPair();
        if (!halved && !kind.takes(content.kind, !content.labels.isEmpty())) {
            throw refusal(content, shown, fields);
        }
        if (kind == RowKind.WHOLE && content.kind == Kind.PROMPT) {
            UnreadKeys.refuseAnswers(fields, left);
        }
        if (learned) {
            UnreadKeys.requireUsualWeight(fields, left);
        }
        form.require(content, fields);
        if (layout == RowFormat.AUTO) {
            settle(shown);
        } else if (layout != shown) {
            fields.note(noteOf(shown, layout));
        }
        for (String key : left.keySet()) {
            if (written.contains(key)) {
                unread.merge(key, 1, Integer::sum);
            }
        }
        if (shown != RowFormat.TOKENS && !content.isPlainText()) {
            UnreadKeys.note(fields, left, columns);
        }
        boolean split =
                halved && content.kind == Kind.PAIR && !content.answers.get(0).equals(content.answers.get(1));
        if (split) {
            fields.note("a pair gives two rows, its chosen answer as desirable and its rejected one as undesirable");
        }
        Row row = new Row(
                origin,
                content.kind,
                content.prompt,
                content.answers,
                new Row.Grades(content.labels, margin, rightAnswer),
                beside,
                fields.notes());
        return split
                ? row.halves()
                : List.of(row); // a pair without a preference stays one, which the encoder leaves out
    }

    /** Returns what a row has beside its prompt: what nobody read, and the right answer. */
    private static Map<String, Object> beside(Fields fields, Map<String, @Nullable Object> left, Set<String> written) {
        Map<String, Object> beside = new LinkedHashMap<>();
        String answer = fields.nameInFile("answer");
        fields.values().forEach((key, value) -> {
            boolean other = left.containsKey(key) || key.equals(answer);
            if (value != null && other && written.contains(key)) {
                beside.put(key, value);
            }
        });
        return beside;
    }

    private void settle(RowFormat seen) {
        layout = seen;
        need = seen == RowFormat.AUTO ? kind.need() : seen.need();
    }

    /** A pair may say that neither of its answers is better. */
    private RowContent tie(RowContent pair, @Nullable Double margin, Fields fields) {
        if (kind.ordered()) {
            throw fields.error("tie", "is true, but only align reward learns from ties; take the row out.");
        }
        if (margin != null && margin != 0) {
            throw fields.error(
                    "margin", "is " + margin + " beside tie true, but neither answer of a tie is better; give one.");
        }
        return new RowContent(
                kind.any() || pair.kind == Kind.APART ? pair.kind : Kind.TIE, pair.prompt, pair.answers, pair.labels);
    }

    /** Holds keys that nobody read and that judge to the order of a pair, and counts those beside a single answer. */
    private void heedJudgements(
            RowContent content, RowFormat shown, Fields fields, Map<String, @Nullable Object> left) {
        if (content.isPair()) {
            boolean usual = shown != RowFormat.OPENAI;
            String ids = shown == RowFormat.TOKENS ? "_ids" : "";
            OrderKeys.check(
                    fields,
                    left,
                    usual ? "chosen" + ids : "preferred_output",
                    usual ? "rejected" + ids : "non_preferred_output");
        } else if (content.kind == Kind.ANSWER || (content.kind == Kind.TEXT && !content.isPlainText())) {
            judging.addAll(OrderKeys.note(fields, left));
            if (kind == RowKind.TEXTS && Boolean.FALSE.equals(fields.value("label"))) {
                fields.note(fields.quoted("label") + " is false, but every answer is learned, undesirable ones too");
            }
        }
    }

    private RuntimeException refusal(RowContent content, RowFormat seen, Fields fields) {
        if (kind == RowKind.LABELLED_COMPLETIONS && content.kind == Kind.ANSWER) {
            return fields.error("label", "is missing; " + kind.need() + fields.hint(List.of("label")));
        }
        if (kind == RowKind.STEPS && content.kind == Kind.STEPS) {
            return fields.error("labels", "is missing; " + kind.need() + fields.hint(List.of("labels")));
        }
        RowFormat shown = others.format() == null ? seen : others.format();
        return fields.origin()
                .error("this row is of format " + shown.label() + " (" + shown.keys() + "), but " + kind.need() + "; "
                        + wayOn(content) + fields.hint(Columns.KNOWN));
    }

    /** Returns what rows of a kind that a command doesn't take are, and which commands take them, as half a sentence. */
    private static String wayOn(RowContent content) {
        return switch (content.kind) {
            case PAIR, TIE, APART ->
                "such rows are pairs: align dpo and align reward learn from them, align convert --to messages makes texts of"
                        + " their chosen answers";
            case STEPS -> "such rows are answers in steps: align reward learns from them";
            case PROMPT ->
                "such rows are prompts: align generate answers them, align ppo learns from its answers to them";
            case ANSWER, TEXT ->
                !content.labels.isEmpty()
                        ? "such rows are labelled answers: align dpo --loss kto learns from them"
                        : "such rows have one answer or text: align sft learns from them";
        };
    }
}
