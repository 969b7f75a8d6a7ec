/**
 * Decoders as descriptions: parts that know their parameters by the names on disk; values come from {@link
 * org.align4j.core.model.Weights} at each call. Entry: {@link org.align4j.core.model.Decoder}. Must not depend on
 * families, on training, or on the packages within it that make parts: layers, experts, attention, base.
 *
 * <p>The frozen base: a decoder with the weights of a checkpoint, held in the compute dtype, mapped or in few bits.
 * Entry: {@link org.align4j.core.model.BaseModel}. Must not depend on families, on layers of one shape or on
 * training.
 *
 * <p>Where the values of frozen weights come from: kept in the compute dtype, read again from a mapped file, or made from
 * few bits. Entry: {@link org.align4j.core.model.FrozenValues}. Must not know decoders, adapters or training.
 *
 * <p>Layers of the commonest shape as kernels read them whole. Entry: {@link org.align4j.core.model.LayerParts}.
 * Must not depend on families or training.
 */
@NullMarked
package org.align4j.core.model;

import org.jspecify.annotations.NullMarked;
