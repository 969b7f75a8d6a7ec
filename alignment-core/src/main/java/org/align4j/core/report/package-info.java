/**
 * What a person sees of a run: the TensorBoard file, the console's progress line, and the self-contained report page
 * (package {@code page}). Start at {@link org.align4j.core.report.RunFollowers}, which follows a run as it goes on; a
 * method's own findings (answers, rows) go through {@link org.align4j.core.report.ReportFiles}. Of training it knows
 * {@code TrainingLog} alone; must not depend on tensors or models.
 */
@NullMarked
package org.align4j.core.report;

import org.jspecify.annotations.NullMarked;
