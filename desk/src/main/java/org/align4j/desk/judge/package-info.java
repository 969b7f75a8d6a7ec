/**
 * People judge pairs of answers, blind, on a page of this machine. Entry: {@link org.align4j.desk.judge.JudgeCommand};
 * {@link org.align4j.desk.judge.Voting} says who is asked what, {@link org.align4j.desk.judge.VoteFile} keeps each vote before the page hears of it.
 * Must not depend on a training method.
 */
@NullMarked
package org.align4j.desk.judge;

import org.jspecify.annotations.NullMarked;
