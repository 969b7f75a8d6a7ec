/**
 * Rows of one layout written in another. Entry: {@link org.align4j.core.data.convert.Converter}. Must not depend on how rows
 * are encoded, on models or on training.
 */
@NullMarked
package org.align4j.core.data.convert;

import org.jspecify.annotations.NullMarked;
