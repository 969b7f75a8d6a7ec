/**
 * Judges of answers: models that score, policies, and classes of one's own. Entry: {@link org.align4j.core.compare.judge.Judge};
 * {@link org.align4j.core.compare.judge.JudgeSource} is how another package or module brings its own kind under {@code --judge},
 * {@link org.align4j.core.compare.judge.Judges} finds them. Must not depend on training.
 */
@NullMarked
package org.align4j.core.compare.judge;

import org.jspecify.annotations.NullMarked;
