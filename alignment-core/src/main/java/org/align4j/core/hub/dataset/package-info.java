/**
 * What the files of a data set on the hub mean: its name, its subsets and splits, by the rules of Python's {@code
 * datasets}. Entry: {@link org.align4j.core.hub.dataset.DatasetLayout}. Names and texts only; no network, no files.
 */
@NullMarked
package org.align4j.core.hub.dataset;

import org.jspecify.annotations.NullMarked;
