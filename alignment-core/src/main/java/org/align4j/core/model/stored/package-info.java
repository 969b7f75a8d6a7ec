/**
 * Where the values of frozen weights come from: kept in the compute dtype, read anew from a mapped file, or made from few bits.
 * Entry: {@link org.align4j.core.model.stored.FrozenValues}. Must not know decoders, adapters or training.
 */
@NullMarked
package org.align4j.core.model.stored;

import org.jspecify.annotations.NullMarked;
