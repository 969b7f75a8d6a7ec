/**
 * Judges of answers: models that score, policies, and your own classes. Entry: {@link
 * org.align4j.core.compare.judge.Judge}; {@link org.align4j.core.compare.judge.JudgeSource} is how another package or
 * module brings its own kind under {@code --judge}, {@link org.align4j.core.compare.judge.Judges} finds them. Must not
 * depend on training.
 *
 * <p>Judging by a chat endpoint: what is asked, how a reply is read, and the file of replies that were paid for. Entry:
 * {@link org.align4j.core.compare.judge.ChatJudgeSource}. Must not depend on models or on training.
 *
 * <p>Verdicts that were given elsewhere: AlpacaEval's annotations, votes of people, the verdicts of another comparison.
 * Entry: {@link org.align4j.core.compare.judge.RecordedJudgeSource.RecordedJudge}. Must not depend on models or on training.
 */
@NullMarked
package org.align4j.core.compare.judge;

import org.jspecify.annotations.NullMarked;
