/**
 * What is asked of a policy besides its method's figures: {@link org.align4j.core.session.probe.SampleAnswers answers to prompts},
 * {@link org.align4j.core.session.probe.Guard what shows forgetting}. Must not depend on a session.
 */
@NullMarked
package org.align4j.core.session.probe;

import org.jspecify.annotations.NullMarked;
