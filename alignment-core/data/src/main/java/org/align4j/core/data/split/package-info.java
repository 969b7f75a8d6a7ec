/**
 * Rows divided into parts, training and evaluation say, so that what belongs together stays together. Entry: {@link
 * org.align4j.core.data.split.Splitter}. Must not depend on how rows are encoded, on models or on training.
 */
@NullMarked
package org.align4j.core.data.split;

import org.jspecify.annotations.NullMarked;
