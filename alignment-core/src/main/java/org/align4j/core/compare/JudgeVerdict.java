package org.align4j.core.compare;

import org.align4j.core.compare.answers.Match;

/**
 * A judge's ruling on a match.
 *
 * @param judge the judge as it was named
 * @param match the two answers
 * @param ruling what the judge says of them
 */
public record JudgeVerdict(String judge, Match match, Ruling ruling) {}
