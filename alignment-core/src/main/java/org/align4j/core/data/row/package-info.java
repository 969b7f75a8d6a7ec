/**
 * What a row of a data file is: its kinds and formats, where it stands, what was noted of it. Entry:
 * {@link org.align4j.core.data.row.Row}. Knows messages; must not depend on how rows are read or encoded.
 */
@NullMarked
package org.align4j.core.data.row;

import org.jspecify.annotations.NullMarked;
