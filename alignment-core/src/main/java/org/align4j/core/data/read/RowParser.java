package org.align4j.core.data.read;

import java.util.ArrayList;
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
import org.align4j.core.data.row.NotedRow;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Row.Kind;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.data.row.RowNote;
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
    private final Pairing pairing;
    private RowFormat layout;
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
        this.columns = columns;
        this.kind = kind;
        this.pairing = pairing;
        this.form = form;
    }

    /** Returns a parser for a row of this file that is laid out otherwise than the rows before it. */
    public RowParser fresh() {
        return new RowParser(format, columns, kind, pairing, form);
    }

    /** Tells, as a sentence goes on, that a row has another layout than the file's first usable one. */
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
     * @return its rows: mostly one; none where its answers are judged alike and the command can't use that
     * @throws InputException where the row is bad, with file and line
     */
    public List<NotedRow> parse(Origin origin, Map<String, @Nullable Object> values) {
        MessageTexts texts = MessageTexts.of(values);
        List<NotedRow> rows;
        try {
            rows = inLayout(origin, texts.fields());
        } catch (InputException e) {
            if (format != RowFormat.AUTO || layout() == RowFormat.AUTO) {
                throw e;
            }
            rows = otherwise(origin, texts.fields(), e);
        }
        return noted(rows, texts.notes());
    }

    /** Returns rows of which the first has more notes. */
    private static List<NotedRow> noted(List<NotedRow> rows, List<String> sentences) {
        if (rows.isEmpty() || sentences.isEmpty()) {
            return rows;
        }
        List<RowNote> notes = new ArrayList<>(rows.get(0).notes());
        sentences.forEach(sentence -> notes.add(new RowNote(sentence)));
        List<NotedRow> noted = new ArrayList<>(rows);
        noted.set(0, new NotedRow(rows.get(0).row(), notes));
        return noted;
    }

    /** Reads a row that doesn't fit the file's layout by its own keys. */
    private List<NotedRow> otherwise(
            Origin origin, Map<String, ? extends @Nullable Object> values, InputException unfit) {
        RowParser own = fresh();
        List<NotedRow> rows;
        try {
            rows = own.inLayout(origin, values);
        } catch (InputException e) {
            throw unfit;
        }
        own.unread.forEach((key, count) -> unread.merge(key, count, Integer::sum));
        judging.addAll(own.judging);
        return own.layout() == layout() ? rows : noted(rows, List.of(noteOf(own.layout(), layout())));
    }

    private List<NotedRow> inLayout(Origin origin, Map<String, ? extends @Nullable Object> values) {
        FileLayout.Translation other =
                layout == RowFormat.AUTO || others.format() != null ? others.translate(origin, values) : null;
        if (other == null) {
            return own(new Fields(origin, values, columns, need()), values.keySet());
        }
        List<NotedRow> rows = new ArrayList<>();
        for (Map<String, @Nullable Object> row : other.rows()) {
            if (!kind.ordered() || !Boolean.TRUE.equals(row.get("tie"))) {
                Fields fields =
                        new Fields(origin, row, columns, other.layout().format().need());
                other.notes().forEach(fields::note);
                rows.addAll(own(fields, values.keySet()));
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
    public List<NotedRow> parseOwn(Origin origin, Map<String, ? extends @Nullable Object> values) {
        return own(new Fields(origin, values, columns, need()), values.keySet());
    }

    /** @param written the keys that the file has; others are made by a layout, and nobody needs to read them */
    private List<NotedRow> own(Fields fields, Set<String> written) {
        RowFormat seen = seen(fields);
        Row row = kind == RowKind.PROMPTS
                ? Row.prompt(fields.origin(), SingleLayouts.promptOf(seen, fields))
                        .withRightAnswer(fields.rightAnswer())
                : judged(row(seen, fields), fields);
        boolean halved = kind == RowKind.LABELLED_COMPLETIONS && row.isPair();
        if (!halved && !kind.takes(row)) {
            throw refusal(row, seen, fields);
        }
        if (kind == RowKind.WHOLE && row.kind() == Kind.PROMPT) {
            UnreadAnswers.refuse(fields);
        }
        if (kind.learned()) {
            MistypedKeys.requireUsualWeight(fields);
        }
        form.require(row, fields);
        if (layout == RowFormat.AUTO) {
            layout = seen;
        } else if (layout != seen) {
            fields.note(noteOf(seen, layout));
        }
        for (String key : fields.unread()) {
            if (written.contains(key)) {
                unread.merge(key, 1, Integer::sum);
            }
        }
        if (seen != RowFormat.TOKENS && !isPlainText(row)) {
            new PromptKeys(fields).noteUnread();
            MistypedKeys.note(fields, columns);
        }
        return halved ? halves(row, fields) : List.of(new NotedRow(row, fields.notes()));
    }

    /** Returns a row's layout: the file's, but for transcripts among other pairs, which could pass for plain text. */
    private RowFormat seen(Fields fields) {
        if (layout == RowFormat.AUTO) {
            return detect(fields);
        }
        boolean found = format == RowFormat.AUTO && layout == RowFormat.PAIRS;
        return found && startsAsTranscript(fields) ? RowFormat.HH : layout;
    }

    /** Makes two judged answers of a pair. One without a preference stays a pair, which the encoder leaves out. */
    private static List<NotedRow> halves(Row pair, Fields fields) {
        if (pair.kind() == Kind.APART || pair.sidesEqual()) {
            return List.of(new NotedRow(pair, fields.notes()));
        }
        fields.note("a pair gives two rows, its chosen answer as desirable and its rejected one as undesirable");
        List<Row> halves = pair.halves();
        return List.of(new NotedRow(halves.get(0), fields.notes()), new NotedRow(halves.get(1), List.of()));
    }

    private String need() {
        return layout == RowFormat.AUTO ? kind.need() : layout.need();
    }

    /** A pair may say that neither of its answers is better. */
    private Row judged(Row row, Fields fields) {
        if (!row.isPair()) {
            if (row.kind() == Kind.ANSWER || (row.kind() == Kind.TEXT && !isPlainText(row))) {
                noteJudgement(fields);
            }
            return row;
        }
        if (!fields.tie()) {
            checkOrder(row, fields);
            return row;
        }
        if (kind.ordered()) {
            throw fields.error("tie", "is true, but only align reward learns from ties; take the row out.");
        }
        Double margin = fields.margin();
        if (margin != null && margin != 0) {
            throw fields.error(
                    "margin", "is " + margin + " beside tie true, but neither answer of a tie is better; give one.");
        }
        return kind.any() || row.kind() == Kind.APART ? row : row.as(Kind.TIE);
    }

    private static boolean isPlainText(Row row) {
        return row.kind() == Kind.TEXT && row.chosen() instanceof Row.Text;
    }

    private void noteJudgement(Fields fields) {
        judging.addAll(OrderKeys.note(fields));
        if (kind == RowKind.TEXTS && Boolean.FALSE.equals(fields.peek(fields.nameInFile("label")))) {
            fields.note(fields.quoted("label") + " is false, but every answer is learned, undesirable ones too");
        }
    }

    private static void checkOrder(Row pair, Fields fields) {
        if (pair.prompt() instanceof Row.Tokens) {
            OrderKeys.check(fields, "chosen_ids", "rejected_ids");
        } else if (fields.has("chosen")) {
            OrderKeys.check(fields, "chosen", "rejected");
        } else {
            OrderKeys.check(fields, "preferred_output", "non_preferred_output");
        }
    }

    private RuntimeException refusal(Row row, RowFormat seen, Fields fields) {
        if (kind == RowKind.LABELLED_COMPLETIONS && row.kind() == Kind.ANSWER) {
            return fields.error("label", "is missing; " + kind.need() + fields.hint(List.of("label")));
        }
        if (kind == RowKind.STEPS && row.kind() == Kind.STEPS) {
            return fields.error("labels", "is missing; " + kind.need() + fields.hint(List.of("labels")));
        }
        RowFormat shown = others.format() == null ? seen : others.format();
        return fields.origin()
                .error("this row is of format " + shown.label() + " (" + shown.keys() + "), but " + kind.need() + "; "
                        + wayOn(row) + fields.hint(Columns.KNOWN));
    }

    /** Returns what rows of a kind that a command doesn't take are, and which commands take them, as half a sentence. */
    private static String wayOn(Row row) {
        return switch (row.kind()) {
            case PAIR, TIE, APART ->
                "such rows are pairs: align dpo and align reward learn from them, align convert --to messages makes texts of"
                        + " their chosen answers";
            case STEPS -> "such rows are answers in steps: align reward learns from them";
            case PROMPT ->
                "such rows are prompts: align generate answers them, align ppo learns from its answers to them";
            case ANSWER, TEXT ->
                row.label() != null
                        ? "such rows are judged answers: align dpo --loss kto learns from them"
                        : "such rows have one answer or text: align sft learns from them";
        };
    }

    private RowFormat detect(Fields fields) {
        // A line of align generate may have its prompt as text and its answer both ways: it is read as text.
        boolean textBeside = fields.has("prompt") && fields.has("completion");
        if (fields.has("prompt_ids") || fields.has("chosen_ids") || (fields.has("completion_ids") && !textBeside)) {
            return RowFormat.TOKENS;
        }
        if (stepwise(fields)) {
            return fields.has("completions_ids") ? RowFormat.TOKENS : RowFormat.STEPS;
        }
        if (fields.has("preferred_output") || fields.has("non_preferred_output")) {
            return RowFormat.OPENAI;
        }
        boolean single = kind == RowKind.TEXTS || kind == RowKind.LABELLED_COMPLETIONS;
        if ((single && fields.has("completion")) || (kind == RowKind.PROMPTS && fields.has("prompt"))) {
            return completionFormat(fields);
        }
        if (fields.has("chosen") || fields.has("rejected")) {
            return startsAsTranscript(fields) ? RowFormat.HH : RowFormat.PAIRS;
        }
        if (fields.has("completion")) {
            return completionFormat(fields);
        }
        if (fields.has("messages")) {
            return fields.has("label") && kind != RowKind.TEXTS ? RowFormat.UNPAIRED : RowFormat.MESSAGES;
        }
        if (fields.has("text") || fields.has("prompt")) {
            return RowFormat.TEXT;
        }
        throw fields.unknown();
    }

    /** Whether a row's answer is in steps. */
    private boolean stepwise(Fields fields) {
        return kind == RowKind.STEPS || (kind != RowKind.PROMPTS && SingleLayouts.hasSteps(fields));
    }

    private RowFormat completionFormat(Fields fields) {
        boolean judged = fields.has("label") && kind != RowKind.TEXTS && kind != RowKind.PROMPTS;
        return judged ? RowFormat.UNPAIRED : RowFormat.TEXT;
    }

    private static boolean startsAsTranscript(Fields fields) {
        return !fields.has("prompt")
                && fields.texts("chosen")
                && fields.texts("rejected")
                && Transcript.isOne(fields.text("chosen"))
                && Transcript.isOne(fields.text("rejected"));
    }

    private Row row(RowFormat seen, Fields fields) {
        return switch (seen) {
            case TOKENS -> tokens(fields);
            case OPENAI -> PairLayouts.openAi(fields);
            case HH -> PairLayouts.transcripts(fields);
            case PAIRS -> PairLayouts.pair(fields);
            case STEPS -> SingleLayouts.steps(fields);
            case UNPAIRED ->
                fields.has("messages") && !fields.has("completion")
                        ? SingleLayouts.lastAnswer(fields)
                        : SingleLayouts.completion(fields);
            case MESSAGES ->
                kind == RowKind.TEXTS || kind.any() ? SingleLayouts.dialogue(fields) : SingleLayouts.lastAnswer(fields);
            case TEXT -> text(fields);
            default -> throw new IllegalStateException("A row's own layout is known by now.");
        };
    }

    private Row tokens(Fields fields) {
        if (stepwise(fields)) {
            return SingleLayouts.tokenSteps(fields);
        }
        if (fields.has("chosen_ids")
                || fields.has("rejected_ids")
                || kind == RowKind.PAIRS
                || kind == RowKind.COMPARISONS) {
            return PairLayouts.tokens(fields);
        }
        return fields.has("completion_ids") || !kind.any()
                ? SingleLayouts.tokenCompletion(fields)
                : Row.prompt(fields.origin(), TokenIds.read(fields, "prompt_ids"));
    }

    private static Row text(Fields fields) {
        if (fields.has("completion")) {
            return SingleLayouts.completion(fields);
        }
        return fields.has("prompt") && !fields.has("text")
                ? Row.prompt(fields.origin(), PromptParts.read(fields))
                : SingleLayouts.plainText(fields);
    }
}
