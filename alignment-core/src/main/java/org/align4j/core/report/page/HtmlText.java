package org.align4j.core.report.page;

import org.align4j.core.error.VisibleText;

/** The pieces of HTML that the page is made of. */
public final class HtmlText {
    private HtmlText() {}

    /** Text as HTML; what would turn its direction around is shown as its number. */
    public static String html(String given) {
        String text = VisibleText.of(given);
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /**
     * A part of the page under a heading.
     *
     * @param title as text
     * @param body as HTML
     */
    public static String section(String title, String body) {
        return "<section><h2>" + html(title) + "</h2>" + body + "</section>";
    }

    /** A table that may be wider than the page, and then scrolls by itself. */
    public static String wide(String table) {
        return "<div class=\"wide\">" + table + "</div>";
    }
}
