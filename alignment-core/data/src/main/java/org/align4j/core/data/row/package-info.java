/**
 * What a row of a data file is: its kinds and formats, where it stands, what was noted of it. Entry: {@link
 * org.align4j.core.data.row.Row}. Knows messages; must not depend on how rows are read or encoded.
 *
 * <p>What is asked of the rows of a run: the files' columns and format, and what happens to bad and to long rows. Entry:
 * {@link org.align4j.core.data.row.DataOptions}. Must not depend on how rows are encoded, on the model or on training.
 */
@NullMarked
package org.align4j.core.data.row;

import org.jspecify.annotations.NullMarked;
