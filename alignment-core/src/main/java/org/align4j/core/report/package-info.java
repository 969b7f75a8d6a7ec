/**
 * What a person sees of a run: the TensorBoard file, the console's progress line, and the self-contained report page
 * ({@link org.align4j.core.report.HtmlReport} is the entry). Reads the run directory; must not depend on tensors,
 * models or the training loop.
 */
@NullMarked
package org.align4j.core.report;

import org.jspecify.annotations.NullMarked;
