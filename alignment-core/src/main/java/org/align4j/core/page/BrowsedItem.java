package org.align4j.core.page;

import java.util.List;
import org.align4j.core.error.VisibleText;

/**
 * A prompt with what was said to it, as {@link ItemBrowser} shows it; all of it is text.
 *
 * @param heading where it stands, such as its row
 * @param prompt what was asked
 * @param sides what was said to it, side by side
 * @param notes sentences below
 * @param facets a value of each facet; empty for none
 * @param marks what it is found by besides
 */
public record BrowsedItem(
        String heading, String prompt, List<Side> sides, List<String> notes, List<String> facets, List<Mark> marks) {
    public BrowsedItem {
        sides = List.copyOf(sides);
        notes = List.copyOf(notes);
        facets = List.copyOf(facets);
        marks = List.copyOf(marks);
    }

    /**
     * One of the answers.
     *
     * @param title who said it
     * @param text what was said
     * @param note a remark after the title, such as its length
     * @param tone {@code good}, {@code bad} or empty: how the side is marked, besides what its note says
     */
    public record Side(String title, String text, String note, String tone) {}

    /**
     * Holds what somebody said of the item.
     *
     * @param values one for each column of marks; empty for none
     * @param clarity how clearly, from 0 to 1
     */
    public record Mark(List<String> values, double clarity) {
        public Mark {
            values = List.copyOf(values);
        }
    }

    /** Returns the item with every character shown that would hide, move or turn text around. */
    BrowsedItem visible() {
        return new BrowsedItem(
                VisibleText.of(heading),
                VisibleText.of(prompt),
                sides.stream()
                        .map(side -> new Side(
                                VisibleText.of(side.title),
                                VisibleText.of(side.text),
                                VisibleText.of(side.note),
                                side.tone))
                        .toList(),
                notes.stream().map(VisibleText::of).toList(),
                facets.stream().map(VisibleText::of).toList(),
                marks.stream()
                        .map(mark -> new Mark(
                                mark.values.stream().map(VisibleText::of).toList(), mark.clarity))
                        .toList());
    }
}
