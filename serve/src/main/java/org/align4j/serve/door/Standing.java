package org.align4j.serve.door;

import java.util.Locale;

/** What this server does with an endpoint or a field of a hosted service. */
public enum Standing {
    /** An endpoint or field does here what it does at the service. */
    HERE,
    /** An endpoint or field is taken, and does something else, which the answer, an event or the documentation says. */
    OTHER,
    /** An endpoint or field is refused by its name. */
    REFUSED;

    /** Returns the word of the documentation. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
