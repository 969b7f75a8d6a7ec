/**
 * {@code config.json} to a decoder: a family describes its parts, the parts know their parameters by the names on disk, and
 * values come from {@link org.align4j.core.model.Weights} at each call. Entries: {@link org.align4j.core.model.Families},
 * {@link org.align4j.core.model.BaseModel}. Must not depend on training.
 */
@NullMarked
package org.align4j.core.model;

import org.jspecify.annotations.NullMarked;
