/**
 * Rows as the model reads them, token ids. Entry: {@link org.align4j.core.data.TokenRow}; the rows come from {@code encode}. Must
 * not depend on files, text, the model or training.
 *
 * <p>The language of a text, as Apache OpenNLP's detector guesses it. Entry: {@link
 * org.align4j.core.data.DetectedLanguage}. Must not depend on any package of this project.
 */
@NullMarked
package org.align4j.core.data;

import org.jspecify.annotations.NullMarked;
