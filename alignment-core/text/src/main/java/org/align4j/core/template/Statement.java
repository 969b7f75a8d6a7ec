package org.align4j.core.template;

/** A statement of a template. */
interface Statement {
    /** The ways in which rendering goes on after a statement. */
    enum Next {
        STATEMENT,
        BREAK,
        CONTINUE
    }

    /** Returns the statement's line, from 1. */
    int line();

    /** Runs the statement. */
    Next run(NameScope scope);
}
