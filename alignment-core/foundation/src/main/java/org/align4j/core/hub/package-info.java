/**
 * Models and data sets by name, in the Hugging Face cache layout, downloaded when missing. Entry type: {@link
 * org.align4j.core.hub.Hub}; {@link org.align4j.core.hub.ModelFolder} finds what a name or a path of a model leads to. Depends on nothing but {@code download}, {@code error}, {@code files}, {@code stop} and
 * {@code web}; what the files of a data set mean is {@code hub.dataset}'s.
 *
 * <p>What the files of a data set on the hub mean: its name, its subsets and splits, by the rules of Python's {@code
 * datasets}. Entry: {@link org.align4j.core.hub.DatasetLayout}. Names and texts only; no network, no files.
 */
@NullMarked
package org.align4j.core.hub;

import org.jspecify.annotations.NullMarked;
