/**
 * Graders: what gives an answer a number, in the forms of OpenAI's API ({@code Grader}), evaluated by {@code Grading}; and the reward by which a trainer
 * asks the server for grades ({@code GraderReward}). It knows no database, no job and no routes but its own.
 */
@NullMarked
package org.align4j.serve.grade;

import org.jspecify.annotations.NullMarked;
