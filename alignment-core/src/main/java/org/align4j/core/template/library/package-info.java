/**
 * What a template calls by name: filters, tests and global functions. Entries:
 * {@link org.align4j.core.template.library.Filters}, {@link org.align4j.core.template.library.Tests},
 * {@link org.align4j.core.template.library.Globals}. Must not depend on the lexer, the parser or the interpreter.
 */
@NullMarked
package org.align4j.core.template.library;

import org.jspecify.annotations.NullMarked;
