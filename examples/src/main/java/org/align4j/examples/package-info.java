/**
 * Example mains and the command that runs them; entry {@link org.align4j.examples.ExampleCommand}.
 *
 * <p>Preference training on a model's own answers, round after round. Entry: {@link
 * org.align4j.examples.Iterate}. Must not depend on how any command works inside: it calls them as a person
 * does.
 *
 * <p>What a large model takes, measured on few of its layers; entry {@link org.align4j.examples.WideLayers}.
 *
 * <p>PPO on a reward that can be computed: the demo's model learns a manner from a list of words. Entry: {@link
 * org.align4j.examples.LearnManners}.
 */
@NullMarked
package org.align4j.examples;

import org.jspecify.annotations.NullMarked;
