/**
 * Rows as the model reads them, token ids, and the order in which optimizer steps take them. Entries: {@link
 * org.align4j.core.data.TokenRow}, {@link org.align4j.core.data.BatchOrder}; the rows come from {@code encode}. Must not
 * depend on files, text, the model or training.
 */
@NullMarked
package org.align4j.core.data;

import org.jspecify.annotations.NullMarked;
