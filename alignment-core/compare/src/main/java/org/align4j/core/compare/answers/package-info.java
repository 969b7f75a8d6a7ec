/**
 * The answers of systems to the same prompts: read from files of any origin, or made by models, and matched. Entry:
 * {@link org.align4j.core.compare.answers.MatchedAnswers}. Must not depend on judges or on training.
 */
@NullMarked
package org.align4j.core.compare.answers;

import org.jspecify.annotations.NullMarked;
