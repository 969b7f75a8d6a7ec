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
        public static @Nullable Layout of(RowFormat format) {
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
        public static @Nullable Layout find(ForeignRow row) {
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
}
