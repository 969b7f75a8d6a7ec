package org.align4j.core.page;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/** A table whose rows each begin with a heading, written row by row; it scrolls by itself where it is wider than the page. */
public final class HtmlTable {
    private final StringBuilder head = new StringBuilder();
    private final StringBuilder rows = new StringBuilder();
    private final List<String> classes = new ArrayList<>();

    /**
     * Begins a table.
     *
     * @param heading of the first column, as text
     */
    public HtmlTable(String heading) {
        head.append("<th>").append(HtmlText.html(heading)).append("</th>");
    }

    /**
     * Returns a figure as every table of figures shows it: the value, and its interval small below it.
     *
     * @param interval null where none is known
     * @param words writes a value
     * @return HTML
     */
    public static String figure(double value, @Nullable Interval interval, DoubleFunction<String> words) {
        return HtmlText.html(words.apply(value))
                + (interval == null ? "" : "<small>" + HtmlText.html(Wording.between(interval, words)) + "</small>");
    }

    /** Adds columns of figures, which are at their right. */
    public HtmlTable figures(List<String> headings) {
        headings.forEach(heading -> column(heading, "", ""));
        return this;
    }

    /** Adds columns of figures, which are at their right. */
    public HtmlTable figures(String... headings) {
        return figures(List.of(headings));
    }

    /** Adds a column of figures that only remark on others. */
    public HtmlTable remarks(String heading) {
        return column(heading, "", " class=\"muted\"");
    }

    /** Adds a column of words. */
    public HtmlTable words(String heading) {
        return column(heading, " class=\"text\"", " class=\"text muted\"");
    }

    private HtmlTable column(String heading, String headClass, String cellClass) {
        head.append("<th")
                .append(headClass)
                .append('>')
                .append(HtmlText.html(heading))
                .append("</th>");
        classes.add(cellClass);
        return this;
    }

    /**
     * Adds a row.
     *
     * @param heading as HTML
     * @param cells as HTML, one for each further column
     */
    public HtmlTable row(String heading, List<String> cells) {
        if (cells.size() != classes.size()) {
            throw new IllegalArgumentException(
                    "A row of " + cells.size() + " cells doesn't fit a table of " + classes.size() + " columns.");
        }
        rows.append("<tr><th scope=\"row\">").append(heading).append("</th>");
        for (int i = 0; i < cells.size(); i++) {
            rows.append("<td")
                    .append(classes.get(i))
                    .append('>')
                    .append(cells.get(i))
                    .append("</td>");
        }
        rows.append("</tr>");
        return this;
    }

    /** Adds a row; see {@link #row(String, List)}. */
    public HtmlTable row(String heading, String... cells) {
        return row(heading, List.of(cells));
    }

    /** Returns whether no row was added. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Returns the table as HTML. */
    public String html() {
        return HtmlText.wide(
                "<table class=\"figures\"><thead><tr>" + head + "</tr></thead><tbody>" + rows + "</tbody></table>");
    }
}
