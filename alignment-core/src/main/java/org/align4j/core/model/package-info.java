/**
 * Decoders as descriptions: parts that know their parameters by the names on disk; values come from
 * {@link org.align4j.core.model.Weights} at each call. Entry: {@link org.align4j.core.model.Decoder}. Must not depend on families,
 * on training, or on the packages within it that make parts: layers, experts, attention, base.
 */
@NullMarked
package org.align4j.core.model;

import org.jspecify.annotations.NullMarked;
