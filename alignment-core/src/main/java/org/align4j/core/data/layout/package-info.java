/**
 * Knows the layouts of rows that other makers have, each by evidence in the row, and turns their rows into rows of this
 * project's own layouts. Entry: {@link org.align4j.core.data.layout.KnownLayouts}. Must not depend on how rows are read or
 * encoded.
 */
@NullMarked
package org.align4j.core.data.layout;

import org.jspecify.annotations.NullMarked;
