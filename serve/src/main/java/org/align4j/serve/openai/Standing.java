package org.align4j.serve.openai;

import java.util.Locale;

/** How an endpoint or a field of OpenAI's stands on this server. */
enum Standing {
    /** An endpoint or field does here what it does at OpenAI. */
    HERE,
    /** An endpoint or field is taken, and does something else, which the answer, an event or the documentation says. */
    OTHER,
    /** An endpoint or field is refused by its name. */
    REFUSED;

    /** Returns the word of the documentation. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
