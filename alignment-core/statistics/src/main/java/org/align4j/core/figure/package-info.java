/**
 * The figures that training methods write: {@link org.align4j.core.figure.Figure}, which a method declares once with its name in
 * {@code metrics.jsonl} and its meaning, so that whoever reads figures asks for meanings. Must not depend on anything else of the
 * core.
 */
@NullMarked
package org.align4j.core.figure;

import org.jspecify.annotations.NullMarked;
