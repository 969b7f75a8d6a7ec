/**
 * Python's values and what they do, as far as templates can see it: printing, arithmetic, comparison. Start at {@link
 * org.align4j.core.template.python.Values}. A value is None, a Boolean, a Long or BigInteger, a Double, a String, a
 * List, or one of this package's types; never Java's null. Whatever may grow is paid for out of a {@link
 * org.align4j.core.template.python.Budget}. Depends on nothing but {@code core.error} and {@code core.stop}.
 *
 * <p>What a template calls by name: filters, tests and global functions. Entries: {@link
 * org.align4j.core.template.python.Filters}, {@link org.align4j.core.template.python.Tests}, {@link
 * org.align4j.core.template.python.Globals}. Must not depend on the lexer, the parser or the interpreter.
 *
 * <p>The attributes, items and methods of Python's values: those of strings and collections, formatting, JSON, HTML and
 * dates. Start at {@link org.align4j.core.template.python.Access}. Must not depend on templates: of {@code
 * core.template} it knows the values alone.
 */
@NullMarked
package org.align4j.core.template.python;

import org.jspecify.annotations.NullMarked;
