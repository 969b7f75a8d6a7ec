package org.align4j.core.page;

import com.google.common.html.HtmlEscapers;
import org.align4j.core.error.VisibleText;

/** The pieces of HTML that a page is made of. */
public final class HtmlText {
    private HtmlText() {}

    /** Returns text as HTML in which nothing is a tag; what would turn its direction around is shown as its number. */
    public static String html(String given) {
        return HtmlEscapers.htmlEscaper().escape(VisibleText.of(given));
    }

    /** Returns JSON that can be in a script element: nothing in it can end the element or begin a comment. */
    public static String inScript(String json) {
        return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
    }

    /**
     * Puts a part of the page under a heading.
     *
     * @param title as text
     * @param body as HTML
     */
    public static String section(String title, String body) {
        return "<section><h2>" + html(title) + "</h2>" + body + "</section>";
    }

    /** Puts a table, which may be wider than the page, into an element that scrolls by itself. */
    public static String wide(String table) {
        return "<div class=\"wide\">" + table + "</div>";
    }
}
