/**
 * Tokenizers as the fields of a GGUF file, and back. Entry types: {@link org.align4j.core.text.gguf.GgufTokenizer} reads a model
 * folder, {@link org.align4j.core.text.gguf.GgufTokenizerFiles} writes the files of one. Must not depend on the engine.
 */
@NullMarked
package org.align4j.core.text.gguf;

import org.jspecify.annotations.NullMarked;
