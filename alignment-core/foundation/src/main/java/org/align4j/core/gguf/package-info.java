/**
 * GGUF, the file format of llama.cpp and Ollama: typed fields, then tensors as plain numbers or in blocks of few bits. Entry types:
 * {@link org.align4j.core.gguf.GgufFile} reads and checks a file, {@link org.align4j.core.gguf.GgufWriter} writes one as a
 * stream. Knows nothing of models and tokenizers. Deals in files, buffers and {@code float[]}; must not depend on DJL or on any
 * package but {@code error}, {@code files}, {@code stop} and {@code weights}.
 */
@NullMarked
package org.align4j.core.gguf;

import org.jspecify.annotations.NullMarked;
