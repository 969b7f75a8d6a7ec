/**
 * Reads data files as a stream, finds the layout of a row and turns it into a {@link org.align4j.core.data.row.Row}. Entry:
 * {@link org.align4j.core.data.read.RowReader}. Knows messages but neither tokenizer nor model.
 */
@NullMarked
package org.align4j.core.data.read;

import org.jspecify.annotations.NullMarked;
