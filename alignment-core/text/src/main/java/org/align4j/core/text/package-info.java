/**
 * Text to tokens and back, for prompts, completions and conversations. Entry: {@link org.align4j.core.text.TextEncoder};
 * it is on a {@link org.align4j.core.text.Tokenizer} and on {@link org.align4j.core.text.ChatTemplate}
 * (the model's own template). Knows nothing of models, tensors or training.
 *
 * <p>The tokenizer as a model's files describe it: vocabulary, special tokens, text that must stay text. Entry: {@link
 * org.align4j.core.text.Tokenizer} (tokenizer.json). Must not depend on messages, on chat templates or on
 * {@code core.text}.
 *
 * <p>Refuses tokenizer.json files at which the native library would end the whole process; the entry type is {@link
 * org.align4j.core.text.LibraryGuard}. Must not depend on the tokenizer that uses it.
 */
@NullMarked
package org.align4j.core.text;

import org.jspecify.annotations.NullMarked;
