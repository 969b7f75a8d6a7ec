package org.align4j.core.template;

/** A parsed expression. */
@FunctionalInterface
interface Expression {
    /** Its value, where the names stand for what the scope says. */
    Object value(NameScope scope);
}
