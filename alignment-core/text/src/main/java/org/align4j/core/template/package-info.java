/**
 * Chat templates: the part of Jinja2 that they use, with Python's semantics, as parser and interpreter. Start at {@link
 * org.align4j.core.template.Template}: parse once, render often. Sandboxed: a template sees only the values it is given,
 * and its steps, output and depth are bounded. Knows nothing of tokenizers or models, and depends on nothing but {@code
 * core.error} and {@code core.stop}.
 *
 * <p>A template's text as tokens, each with its place. Entry: {@link org.align4j.core.template.Lexer}. Must not
 * depend on the parser, the interpreter or the library.
 *
 * <p>What comes of a template: text with its generation spans, or an error with its place. Entry: {@link
 * org.align4j.core.template.Template.Rendered}. Must not depend on the lexer, the parser, the interpreter or the library.
 */
@NullMarked
package org.align4j.core.template;

import org.jspecify.annotations.NullMarked;
