/**
 * The page about a comparison of systems. Start at {@link org.align4j.core.compare.page.ComparePage}. Shows what was found and
 * computes nothing; must not depend on judges, models or training.
 */
@NullMarked
package org.align4j.core.compare.page;

import org.jspecify.annotations.NullMarked;
