/**
 * Compares systems by their answers to the same prompts: judges say which answer is better, figures say what that shows. Entry:
 * {@link org.align4j.core.compare.SystemComparison}. Must not depend on training or on the command line.
 */
@NullMarked
package org.align4j.core.compare;

import org.jspecify.annotations.NullMarked;
