/**
 * The parts of the pages that people read: one HTML file that loads nothing, its text, tables, figures and drawings. Start at
 * {@link org.align4j.core.page.HtmlPage}. Knows what is drawn as numbers and words only; must not depend on runs, rows, tensors or
 * models.
 */
@NullMarked
package org.align4j.core.page;

import org.jspecify.annotations.NullMarked;
