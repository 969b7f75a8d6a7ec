/**
 * The tokenizer as a model's files describe it: vocabulary, special tokens, text that must stay text. Entry:
 * {@link org.align4j.core.text.tokenizer.Tokenizer} (tokenizer.json). Must not depend on messages, on chat templates or on
 * {@code core.text}.
 */
@NullMarked
package org.align4j.core.text.tokenizer;

import org.jspecify.annotations.NullMarked;
