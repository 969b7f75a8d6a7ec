/**
 * A template's text as tokens, each with its place. Entry: {@link org.align4j.core.template.lexer.Lexer}. Must not depend on the
 * parser, the interpreter or the library.
 */
@NullMarked
package org.align4j.core.template.lexer;

import org.jspecify.annotations.NullMarked;
