package org.align4j.serve.openai;

import java.util.Locale;

/** How an endpoint or a field of OpenAI's stands on this server. */
enum Standing {
    /** It does here what it does there. */
    HERE,
    /** It is taken, and does something else, which the answer, an event or the documentation says. */
    OTHER,
    /** It is refused by its name. */
    REFUSED;

    /** Returns the word of the documentation. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
