package org.align4j.core.template;

/** An expression of a template. */
@FunctionalInterface
interface Expression {
    /** Returns the expression's value, where names stand for what the scope says. */
    Object value(NameScope scope);
}
