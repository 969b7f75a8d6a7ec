/**
 * Knows the layouts of rows that other makers have, each by evidence in the row, and turns their rows into rows of this
 * project's own layouts. A layout is a constant of {@link org.align4j.core.data.row.RowFormat} and an entry in one of the files that end in
 * {@code Layouts}. Entry: {@link org.align4j.core.data.layout.FileLayout}. Must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.layout;

import org.jspecify.annotations.NullMarked;
