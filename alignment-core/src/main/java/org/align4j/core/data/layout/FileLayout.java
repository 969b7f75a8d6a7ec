package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Translates the rows of one file that another maker laid out. The first usable row decides, unless the user did. */
public final class FileLayout {
    private final boolean answersLearned;
    private final Pairing pairing;
    private final boolean searches;
    private @Nullable Layout layout;

    /**
     * @param format what the user named, or {@code AUTO}
     * @param columns what the user calls columns: keys of this project's own layouts
     * @param answersLearned whether the command learns single answers
     * @param pairing which pairs several graded answers give
     */
    public FileLayout(RowFormat format, Columns columns, boolean answersLearned, Pairing pairing) {
        boolean plain = !columns.namesTexts();
        this.answersLearned = answersLearned;
        this.pairing = pairing;
        this.layout = KnownLayouts.of(format);
        this.searches = format == RowFormat.AUTO && plain;
        if (layout != null && !plain) {
            throw new InputException("format is " + format.label() + ", which has keys of its own (" + format.keys()
                    + "), but columns names others; drop one of the two.");
        }
    }

    /**
     * A translated row.
     *
     * @param layout the layout it had
     * @param rows what it says in this project's own layouts
     * @param notes what is to be told of it
     */
    public record Translation(Layout layout, List<Map<String, @Nullable Object>> rows, List<String> notes) {
        public Translation {
            rows = List.copyOf(rows);
            notes = List.copyOf(notes);
        }
    }

    /** Returns the file's layout; null while none is known, or where it is one of this project's own. */
    public @Nullable RowFormat format() {
        return layout == null ? null : layout.format();
    }

    /**
     * Translates a row.
     *
     * @return null where the row is of one of this project's own layouts, or of none
     * @throws InputException where two layouts fit, or the row lacks what its layout has
     */
    public @Nullable Translation translate(Origin origin, Map<String, ? extends @Nullable Object> values) {
        if (layout == null && !searches) {
            return null;
        }
        ForeignRow row = ForeignRow.of(origin, values, answersLearned);
        Layout fits = layout == null ? KnownLayouts.find(row) : layout;
        return fits == null ? null : new Translation(fits, fits.rows(row, pairing), List.copyOf(row.notes()));
    }

    /** Keeps a layout for the rest of the file. */
    public void settle(Layout usable) {
        layout = usable;
    }

    /** The layouts of others that rows are read from, and the choice among them. */
    private static final class KnownLayouts {
        private static final List<Layout> ALL = List.of(
                new Alpaca(),
                new ShareGptRows(),
                new Swift(),
                new Orca(),
                new Responses(),
                new StackPairs(),
                new Thumbs(),
                new NovaCandidates(),
                new Vertex(),
                new UltraFeedback(),
                new Nectar(),
                new NemoRanks(),
                new StackExchange(),
                new AnswerLists(),
                new HelpSteerRatings(),
                new HelpSteerTwo(),
                new HelpSteerThree(),
                new ShpVotes(),
                new ArenaBattles(),
                new ArenaColumns(),
                new VoteLog(),
                new LabelStudioTasks(),
                new LabelStudioRows(),
                new ArgillaRecords(),
                new OpenWebUi(),
                new Edits(),
                new Stars());

        private KnownLayouts() {}

        /** Returns the layout of a name; null where the name is of one of this project's own layouts. */
        static @Nullable Layout of(RowFormat format) {
            return ALL.stream()
                    .filter(layout -> layout.format() == format)
                    .findFirst()
                    .orElse(null);
        }

        /**
         * Finds the layout that a row's keys show.
         *
         * @return null where they show none of another maker
         * @throws org.align4j.core.error.InputException where they show two
         */
        static @Nullable Layout find(ForeignRow row) {
            List<Layout> fitting = new ArrayList<>();
            for (Layout layout : ALL) {
                if (layout.evidence(row) != null) {
                    fitting.add(layout);
                }
            }
            if (fitting.size() > 1) {
                throw row.ambiguous(fitting);
            }
            return fitting.isEmpty() ? null : fitting.get(0);
        }
    }

    /** Reads questions of Stack Exchange with two answers, of which response_j is the better one. */
    private static final class StackPairs implements Layout {
        @Override
        public RowFormat format() {
            return RowFormat.STACKPAIRED;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            return row.texts("question", "response_j", "response_k")
                    ? "\"question\", \"response_j\" and \"response_k\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            return List.of(
                    row.with(RowParts.pair(row.text("question"), row.text("response_j"), row.text("response_k"))));
        }
    }

    /** Reads the preferences of HelpSteer 3: messages, two answers and how strongly the second is preferred, below 0 for the first. */
    private static final class HelpSteerThree implements Layout {
        @Override
        public RowFormat format() {
            return RowFormat.HELPSTEER3;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            return row.listsObjects("context") && row.texts("response1", "response2") && row.has("overall_preference")
                    ? "\"context\", \"response1\", \"response2\" and \"overall_preference\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            Duel duel = new Duel(
                    row.list("context"),
                    HelpSteerTurns.answer(row.text("response1")),
                    HelpSteerTurns.answer(row.text("response2")));
            return duel.decided(Duel.bySign(row.number("overall_preference")), row);
        }
    }

    /** Reads the preferences of HelpSteer 2: two answers and how strongly the second is preferred, below 0 for the first. */
    private static final class HelpSteerTwo implements Layout {
        @Override
        public RowFormat format() {
            return RowFormat.HELPSTEER2;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            return row.texts("prompt", "response_1", "response_2") && row.has("preference_strength")
                    ? "\"response_1\", \"response_2\" and \"preference_strength\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            Duel duel = new Duel(
                    HelpSteerTurns.prompt(row.text("prompt")),
                    HelpSteerTurns.answer(row.text("response_1")),
                    HelpSteerTurns.answer(row.text("response_2")));
            return duel.decided(Duel.bySign(row.number("preference_strength")), row);
        }
    }

    /** Reads preferences of NeMo: messages as context and answers with their ranks, the lowest for the best. */
    private static final class NemoRanks implements Layout {
        @Override
        public RowFormat format() {
            return RowFormat.NEMO;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            return row.listsObjects("context") && row.listsObjects("completions", "completion", "rank")
                    ? "\"context\" and \"completions\" with \"completion\" and \"rank\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            GradedAnswers answers = new GradedAnswers(row, "completions");
            for (ForeignRow completion : row.objects("completions")) {
                answers.add(completion.list("completion"), -completion.number("rank"));
            }
            return answers.pairs(row.list("context"), pairing);
        }
    }

    /** Reads questions of Stack Exchange with several answers and the score that votes gave each. */
    private static final class StackExchange implements Layout {
        @Override
        public RowFormat format() {
            return RowFormat.STACKEXCHANGE;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            return row.texts("question") && row.listsObjects("answers", "text", "pm_score")
                    ? "\"question\" and \"answers\" with \"text\" and \"pm_score\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            GradedAnswers answers = new GradedAnswers(row, "answers");
            for (ForeignRow answer : row.objects("answers")) {
                answers.add(answer.text("text"), answer.number("pm_score"));
            }
            return answers.pairs(row.text("question"), pairing);
        }
    }

    /** Reads binarized preferences of Argilla: an instruction, chosen_response and rejected_response. */
    private static final class Responses implements Layout {
        private static final List<String> PROMPTS = List.of("instruction", "prompt", "question", "input");

        @Override
        public RowFormat format() {
            return RowFormat.ARGILLA;
        }

        @Override
        public @Nullable String evidence(ForeignRow row) {
            String prompt = row.firstOf(PROMPTS);
            return prompt != null && row.texts("chosen_response", "rejected_response")
                    ? "\"" + prompt + "\", \"chosen_response\" and \"rejected_response\""
                    : null;
        }

        @Override
        public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
            String prompt = row.firstOf(PROMPTS);
            return List.of(row.with(RowParts.pair(
                    row.required(prompt == null ? "instruction" : prompt),
                    row.text("chosen_response"),
                    row.text("rejected_response"))));
        }
    }
}
