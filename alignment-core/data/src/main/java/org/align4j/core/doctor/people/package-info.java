/**
 * Who judged, and whether that can be relied on: {@link org.align4j.core.doctor.people.Annotators}.
 *
 * <p>How many judgements are wrong, and which: {@link org.align4j.core.doctor.people.LabelNoise} asks a {@link
 * org.align4j.core.doctor.people.LabelNoise.Probe} that learned from other rows.
 *
 * <p>Judgements that can't all be true: {@link org.align4j.core.doctor.people.Contradictions} and {@link
 * org.align4j.core.doctor.people.Cycles}.
 */
@NullMarked
package org.align4j.core.doctor.people;

import org.jspecify.annotations.NullMarked;
