/**
 * The report page: one self-contained HTML file about one run or several. Start at
 * {@link org.align4j.core.report.page.HtmlReport}. Reads run directories only; must not depend on tensors or models.
 */
@NullMarked
package org.align4j.core.report.page;

import org.jspecify.annotations.NullMarked;
