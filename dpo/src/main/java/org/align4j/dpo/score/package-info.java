/**
 * The rows that preference training learns from, and what policy and reference say of their answers; entry type {@link
 * org.align4j.dpo.score.PreferenceRows}. It must not depend on any one loss, nor on how a run is opened.
 */
@NullMarked
package org.align4j.dpo.score;

import org.jspecify.annotations.NullMarked;
