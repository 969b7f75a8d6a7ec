/**
 * The page about an evaluation on tasks. Start at {@link org.align4j.core.task.page.EvalPage}. Shows what was found and computes
 * nothing; must not depend on models or training.
 */
@NullMarked
package org.align4j.core.task.page;

import org.jspecify.annotations.NullMarked;
