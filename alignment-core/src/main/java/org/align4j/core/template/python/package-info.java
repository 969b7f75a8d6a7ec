/**
 * Python's values and what they do, as far as templates can see it: printing, arithmetic, comparison. Start at
 * {@link org.align4j.core.template.python.Values}. A value is None, a Boolean, a Long or
 * BigInteger, a Double, a String, a List, or one of this package's types; never Java's null. Whatever may grow is paid
 * for out of a {@link org.align4j.core.template.python.Budget}. Depends on nothing but {@code core.error} and {@code core.stop}.
 */
@NullMarked
package org.align4j.core.template.python;

import org.jspecify.annotations.NullMarked;
