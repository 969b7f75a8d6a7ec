/**
 * The verdict on a whole run: what its held-out rows say, outweighed by signs of a broken model, of overlapping data and of a reward
 * that is gamed. Entry: {@link org.align4j.core.verdict.run.Evidence#judge}. Must not depend on tensors, models or files.
 */
@NullMarked
package org.align4j.core.verdict.run;

import org.jspecify.annotations.NullMarked;
