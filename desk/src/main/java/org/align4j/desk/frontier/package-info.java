/**
 * The frontier of a run: at each checkpoint, how far the policy has gone from where it began, and what a held-out judge says of its answers.
 * Entry: {@link org.align4j.desk.frontier.FrontierCommand}. {@link org.align4j.desk.frontier.FrontierRun} finds the checkpoints, {@link
 * org.align4j.desk.frontier.SequenceDivergence} and {@link org.align4j.desk.frontier.AnswerScores} measure their answers, {@link
 * org.align4j.desk.frontier.Frontier} says what the figures come to. Must not depend on a training method.
 */
@NullMarked
package org.align4j.desk.frontier;

import org.jspecify.annotations.NullMarked;
