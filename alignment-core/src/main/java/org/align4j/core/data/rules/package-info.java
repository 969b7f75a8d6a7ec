/**
 * What is asked of the rows of a run: the files' columns and format, and what happens to bad and to long rows. Entry:
 * {@link org.align4j.core.data.rules.DataOptions}. Must not depend on how rows are encoded, on the model or on training.
 */
@NullMarked
package org.align4j.core.data.rules;

import org.jspecify.annotations.NullMarked;
