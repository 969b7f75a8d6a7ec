/**
 * The attributes, items and methods of Python's values: those of strings and collections, formatting, JSON, HTML and dates. Start
 * at {@link org.align4j.core.template.python.method.Access}. Must not depend on templates: of {@code core.template} it knows the
 * values alone.
 */
@NullMarked
package org.align4j.core.template.python.method;

import org.jspecify.annotations.NullMarked;
