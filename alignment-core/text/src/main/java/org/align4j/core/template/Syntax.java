package org.align4j.core.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.align4j.core.template.python.PythonError;

/** The state that a template's parsers share: how deep they are, in loops and conditions, and the names that were read. */
final class Syntax {
    private static final int DEPTH = 200;

    private final Deque<Set<String>> readNames = new ArrayDeque<>();
    private int depth;
    private int loops;
    private boolean conditional;
    private boolean generation;

    /** Counts one level of nesting and refuses too many. */
    void enter(TokenStream stream) {
        if (++depth > DEPTH) {
            throw stream.fail("the template is nested more than " + DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }

    void reads(String name) {
        readNames.forEach(names -> names.add(name));
    }

    /** Begins to note the names that are read. */
    void noteNames() {
        readNames.push(new HashSet<>());
    }

    Set<String> notedNames() {
        return readNames.pop();
    }

    boolean inLoop() {
        return loops > 0;
    }

    int loops(int now) {
        int before = loops;
        loops = now;
        return before;
    }

    int loops() {
        return loops;
    }

    /**
     * Sets whether what is parsed may never run, so that unknown filters are found when it does; returns what held before.
     */
    boolean conditional(boolean now) {
        boolean before = conditional;
        conditional = now;
        return before;
    }

    void marksGeneration() {
        generation = true;
    }

    boolean generation() {
        return generation;
    }

    /** An unknown filter or test: an error now, or, in a branch, when it is used. */
    Expression unknown(String kind, Token name, TokenStream stream) {
        String reason = "No " + kind + " named '" + name.value() + "'";
        if (!conditional) {
            throw stream.fail(reason, name);
        }
        return scope -> {
            throw new PythonError("TemplateRuntimeError", reason + " found.");
        };
    }
}
