/**
 * The parts that decoders are put together from: norms, attention of several shapes, feed-forward parts and the layers
 * that join them. Entry: {@link org.align4j.core.model.layer.JoinedLayer}. Must not depend on families, on training or
 * on how a base is held.
 *
 * <p>Attention over a pack of sequences, block after block or with the library's kernels for sequences of several
 * lengths. Entry: {@link org.align4j.core.model.layer.PackedAttention}. Must not depend on layers, on families or on
 * training.
 */
@NullMarked
package org.align4j.core.model.layer;

import org.jspecify.annotations.NullMarked;
