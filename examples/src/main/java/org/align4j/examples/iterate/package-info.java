/**
 * Preference training on a model's own answers, round after round. Entry: {@link org.align4j.examples.iterate.Iterate}. Must not
 * depend on how any command works inside: it calls them as a person does.
 */
@NullMarked
package org.align4j.examples.iterate;

import org.jspecify.annotations.NullMarked;
