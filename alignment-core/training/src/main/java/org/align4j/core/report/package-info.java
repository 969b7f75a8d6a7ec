/**
 * What a person sees of a run: the TensorBoard file, the console's progress line, and the self-contained report page
 * (package {@code page}). A method's own findings (answers, rows) go through {@link
 * org.align4j.core.report.ReportFiles}. Must not depend on tensors, models or the training loop.
 *
 * <p>The report page: one self-contained HTML file about one run or several. Start at {@link
 * org.align4j.core.report.HtmlReport}. Reads run directories only; must not depend on tensors or models.
 */
@NullMarked
package org.align4j.core.report;

import org.jspecify.annotations.NullMarked;
