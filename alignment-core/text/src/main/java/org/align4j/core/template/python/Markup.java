package org.align4j.core.template.python;

/**
 * A string that says it is HTML already; joined with another string by {@code +} it escapes that one.
 *
 * @param text the string itself
 */
record Markup(String text) {
    /** Escapes a value for HTML. */
    public static Markup escape(Object value, Budget budget) {
        if (value instanceof Markup markup) {
            return markup;
        }
        return new Markup(Repr.str(value, budget)
                .replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;"));
    }
}
