/**
 * Makes preferences of several answers to a prompt: a judge's best against its worst. Entry: {@link
 * org.align4j.core.compare.rank.AnswerRanking}. Must not depend on training or on how answers are made.
 */
@NullMarked
package org.align4j.core.compare.rank;

import org.jspecify.annotations.NullMarked;
