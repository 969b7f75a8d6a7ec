/**
 * Verdicts that were given elsewhere: AlpacaEval's annotations, votes of people, the verdicts of another comparison. Entry: {@link
 * org.align4j.core.compare.judge.recorded.RecordedJudge}. Must not depend on models or on training.
 */
@NullMarked
package org.align4j.core.compare.judge.recorded;

import org.jspecify.annotations.NullMarked;
