/**
 * What comes of a template: text with its generation spans, or an error with its place. Entry:
 * {@link org.align4j.core.template.result.Rendered}. Must not depend on the lexer, the parser, the interpreter or the library.
 */
@NullMarked
package org.align4j.core.template.result;

import org.jspecify.annotations.NullMarked;
