/**
 * The forwards of a step of {@code align ppo}, wherever they are taken: {@link org.align4j.ppo.forward.PpoForwards} answers for one. It must not
 * depend on how a step goes.
 */
@NullMarked
package org.align4j.ppo.forward;

import org.jspecify.annotations.NullMarked;
