/**
 * Compares groups of runs: settings, each trained with several seeds and evaluated on the same held-out rows. Seeds and prompts are both a
 * sample: what is said of a setting is to hold for other seeds and other prompts. Entry: {@link org.align4j.core.eval.group.GroupTest}. Pure
 * functions of numbers; knows no files and no runs.
 */
@NullMarked
package org.align4j.core.eval.group;

import org.jspecify.annotations.NullMarked;
