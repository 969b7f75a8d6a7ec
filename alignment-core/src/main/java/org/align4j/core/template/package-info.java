/**
 * Chat templates: the part of Jinja2 that they use, with Python's semantics, as parser and interpreter. Start at
 * {@link org.align4j.core.template.Template}: parse once, render often. Sandboxed: a template sees only the values it
 * is given, and its steps, output and depth are bounded. Knows nothing of tokenizers or models, and depends on nothing but
 * {@code core.error} and {@code core.stop}.
 */
@NullMarked
package org.align4j.core.template;

import org.jspecify.annotations.NullMarked;
