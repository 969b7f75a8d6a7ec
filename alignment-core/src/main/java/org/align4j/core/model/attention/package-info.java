/**
 * Attention over a pack of sequences, block after block or with the library's kernels for sequences of several lengths. Entry:
 * {@link org.align4j.core.model.attention.PackedAttention}. Must not depend on layers, on families or on training.
 */
@NullMarked
package org.align4j.core.model.attention;

import org.jspecify.annotations.NullMarked;
