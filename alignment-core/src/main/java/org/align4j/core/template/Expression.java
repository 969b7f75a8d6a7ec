package org.align4j.core.template;

/** A parsed expression. */
@FunctionalInterface
interface Expression {
    /** Returns the expression's value, where names stand for what the scope says. */
    Object value(NameScope scope);
}
