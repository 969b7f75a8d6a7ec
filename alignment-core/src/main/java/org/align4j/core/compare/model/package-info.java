/**
 * Answers prompts by the models that are compared, one base in memory for all that share it. Entry: {@link
 * org.align4j.core.compare.model.ModelAnswers}. Must not depend on judges.
 */
@NullMarked
package org.align4j.core.compare.model;

import org.jspecify.annotations.NullMarked;
