/**
 * From files to token rows: rules for bad and long rows, the report of what was used, the split by prompt, the order of
 * batches. Entry: {@link org.align4j.core.data.RowEncoder}. Must not depend on the model or on training.
 */
@NullMarked
package org.align4j.core.data;

import org.jspecify.annotations.NullMarked;
