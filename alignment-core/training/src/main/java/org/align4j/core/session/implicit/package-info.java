/**
 * The reward that a preference-trained policy stands for: {@link org.align4j.core.session.implicit.ImplicitReward} is the entry.
 * Must not depend on supervised training, reports or commands.
 */
@NullMarked
package org.align4j.core.session.implicit;

import org.jspecify.annotations.NullMarked;
