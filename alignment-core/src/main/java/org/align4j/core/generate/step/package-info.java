/**
 * One token at a time over a key/value cache. Entry: {@link org.align4j.core.generate.step.DecodingStep}. Must not know what is
 * generated, and why.
 */
@NullMarked
package org.align4j.core.generate.step;

import org.jspecify.annotations.NullMarked;
