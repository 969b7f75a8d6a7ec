/**
 * The figures that training methods write: {@link org.align4j.core.figure.Figure}, which a method declares once with its name in
 * {@code metrics.jsonl} and its meaning, so that whoever reads figures asks for meanings; and {@link
 * org.align4j.core.figure.ScaledFigure}, a measured one that refuses to be compared with what it isn't comparable with. Must not depend on
 * anything else of the core but the kinds of errors.
 */
@NullMarked
package org.align4j.core.figure;

import org.jspecify.annotations.NullMarked;
