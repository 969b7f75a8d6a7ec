package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;

/** The tokens of an answer, one below the other: a bar to the right of a line for what is above 0, to its left for what is below. */
public final class TokenBars {
    private final StringBuilder rows = new StringBuilder();
    private final double reach;

    /**
     * Begins the drawing.
     *
     * @param bar what a bar is, as text
     * @param figures what the figures beside it are, as text
     * @param reach the longest bar, in the bars' unit
     */
    public TokenBars(String bar, List<String> figures, double reach) {
        this.reach = reach > 0 ? reach : 1;
        rows.append("<thead><tr><th>Token</th><th class=\"lane\"></th><th>")
                .append(HtmlText.html(bar))
                .append("</th>");
        figures.forEach(name -> rows.append("<th>").append(HtmlText.html(name)).append("</th>"));
        rows.append("</tr></thead><tbody>");
    }

    /**
     * Adds a token.
     *
     * @param text as the tokenizer writes it
     * @param value the bar
     * @param figures next to it
     */
    public TokenBars add(String text, double value, double... figures) {
        double width = 50 * Math.min(1, Math.abs(value) / reach);
        String bar = format(
                "<div><u></u><i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></i></div>",
                value < 0 ? "down" : "up", value < 0 ? 50 - width : 50, width);
        row("<code>" + HtmlText.html(visible(text)) + "</code>", bar, value, figures);
        return this;
    }

    /** Adds the last line: sums over all tokens. */
    public TokenBars sum(double value, double... figures) {
        rows.append("</tbody><tfoot>");
        row("Sum", "", value, figures);
        rows.append("</tfoot>");
        return this;
    }

    private void row(String heading, String bar, double value, double... figures) {
        rows.append("<tr><th scope=\"row\">")
                .append(heading)
                .append("</th><td class=\"lane\" aria-hidden=\"true\">")
                .append(bar)
                .append("</td><td>")
                .append(Wording.decimal(value))
                .append("</td>");
        for (double figure : figures) {
            rows.append("<td>").append(Wording.decimal(figure)).append("</td>");
        }
        rows.append("</tr>");
    }

    /** A space at an edge and a line's end, which nobody would see, stand as signs. */
    private static String visible(String text) {
        String shown = text.replace("\n", "⏎").replace("\t", "⇥");
        shown = shown.startsWith(" ") ? "␣" + shown.substring(1) : shown;
        return shown.endsWith(" ") ? shown.substring(0, shown.length() - 1) + "␣" : shown;
    }

    /** Returns the drawing as HTML. */
    public String html() {
        return "<table class=\"tokens\">" + rows + "</table>";
    }
}
