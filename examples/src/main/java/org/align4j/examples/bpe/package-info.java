/**
 * A byte-level BPE tokenizer learned from text and written in the layout of {@code tokenizer.json}; entry {@link
 * org.align4j.examples.bpe.BytePairEncoding}. It knows nothing of where the text comes from.
 */
@NullMarked
package org.align4j.examples.bpe;

import org.jspecify.annotations.NullMarked;
