/**
 * Rows as the model reads them, token ids. Entry: {@link org.align4j.core.data.TokenRow}; the rows come from {@code encode}. Must
 * not depend on files, text, the model or training.
 */
@NullMarked
package org.align4j.core.data;

import org.jspecify.annotations.NullMarked;
