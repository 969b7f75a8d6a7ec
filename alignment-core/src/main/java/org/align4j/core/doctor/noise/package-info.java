/**
 * How many judgements are wrong, and which: {@link org.align4j.core.doctor.noise.LabelNoise} asks a {@link
 * org.align4j.core.doctor.noise.Probe} that learned from other rows.
 */
@NullMarked
package org.align4j.core.doctor.noise;

import org.jspecify.annotations.NullMarked;
