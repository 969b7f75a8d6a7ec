/**
 * PPO on a reward that can be computed: the demo's model learns a manner from a list of words. Entry:
 * {@link org.align4j.examples.ppo.LearnManners}.
 */
@NullMarked
package org.align4j.examples.ppo;

import org.jspecify.annotations.NullMarked;
