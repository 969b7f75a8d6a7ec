/**
 * Decoders as descriptions: parts that know their parameters by the names on disk; values come from
 * {@link org.align4j.core.model.Weights} at each call. Entries: {@link org.align4j.core.model.Decoder},
 * {@link org.align4j.core.model.BaseModel}. Must not depend on families or training.
 */
@NullMarked
package org.align4j.core.model;

import org.jspecify.annotations.NullMarked;
