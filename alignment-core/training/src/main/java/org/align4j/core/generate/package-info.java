/**
 * Answers of a model: a key/value cache, sampling in plain doubles, and batches whose finished rows make room for
 * waiting ones. Entry: {@link org.align4j.core.generate.Generator}. Must not depend on training or on the command line.
 *
 * <p>One token at a time over a key/value cache. Entry: {@link org.align4j.core.generate.DecodingStep}. Must not
 * know what is generated, and why.
 */
@NullMarked
package org.align4j.core.generate;

import org.jspecify.annotations.NullMarked;
