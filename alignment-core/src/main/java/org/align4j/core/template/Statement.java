package org.align4j.core.template;

/** A parsed statement. */
interface Statement {
    /** Where to go on after a statement. */
    enum Next {
        STATEMENT,
        BREAK,
        CONTINUE
    }

    /** The line it stands on, from 1. */
    int line();

    /** Carries the statement out. */
    Next run(NameScope scope);
}
