package org.align4j.core.data.layout;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Translates the rows of one file that another maker laid out. The first usable row decides, unless the user did. */
public final class FileLayout {
    private static final List<Layout> ALL = Stream.of(
                    ToolLayouts.ALL, ThumbLayouts.ALL, VoteLayouts.ALL, GradedLayouts.ALL, AnnotationLayouts.ALL)
            .flatMap(List::stream)
            .sorted(Comparator.comparing(Layout::format))
            .toList();

    private final Layout.PairRequest asked;
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
        this.asked = new Layout.PairRequest(pairing, answersLearned);
        this.layout = ALL.stream()
                .filter(known -> known.format() == format)
                .findFirst()
                .orElse(null);
        this.searches = format == RowFormat.AUTO && plain;
        if (layout != null && !plain) {
            throw new InputException("format is " + format.label() + ", which has keys of its own (" + format.keys()
                    + "), but columns names others; drop one of the two.");
        }
    }

    /**
     * Holds a row translated into our layout.
     *
     * @param layout the layout it had
     * @param rows what it says in this project's own layouts
     * @param notes what is to be reported of it
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
     * Translates a row of another layout into ours.
     *
     * @return null where the row is of one of this project's own layouts, or of none
     * @throws InputException where two layouts fit, or the row lacks what its layout has
     */
    public @Nullable Translation translate(Origin origin, Map<String, ? extends @Nullable Object> values) {
        if (layout == null && !searches) {
            return null;
        }
        Fields row = new Fields(origin, values);
        Layout fits = layout == null ? find(row) : layout;
        return fits == null ? null : new Translation(fits, fits.reader().rows(row, asked), row.notes());
    }

    /** Keeps a layout for the rest of the file. */
    public void settle(Layout usable) {
        layout = usable;
    }

    /**
     * Returns whether a row is a vote that checks the person who gave it, on a gold pair or on one that was shown before: it says nothing new of its
     * answers, and no training learns from it.
     */
    public static boolean isCheck(Origin origin, Map<String, ? extends @Nullable Object> values) {
        return VoteLayouts.isCheck(new Fields(origin, values));
    }

    /** Returns the layout that a row's keys show; null where they show none of another maker. */
    private static @Nullable Layout find(Fields row) {
        List<Layout> fitting =
                ALL.stream().filter(layout -> layout.evidence().of(row) != null).toList();
        if (fitting.size() < 2) {
            return fitting.isEmpty() ? null : fitting.get(0);
        }
        List<String> shown = fitting.stream()
                .map(layout ->
                        layout.format().label() + " (" + layout.evidence().of(row) + ")")
                .toList();
        throw row.origin()
                .error("this row fits " + shown.size() + " layouts, " + String.join(" and ", shown)
                        + "; say which with format.");
    }
}
