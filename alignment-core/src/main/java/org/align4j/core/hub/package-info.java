/**
 * Models and data sets by name, in the Hugging Face cache layout, downloaded when missing. Entry type: {@link
 * org.align4j.core.hub.Hub}. Depends on nothing but {@code download}, {@code error}, {@code files}, {@code stop} and {@code web}; what the files of a
 * data set mean is {@code hub.dataset}'s.
 */
@NullMarked
package org.align4j.core.hub;

import org.jspecify.annotations.NullMarked;
