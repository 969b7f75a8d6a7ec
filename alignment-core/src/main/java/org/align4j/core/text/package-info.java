/**
 * Text to tokens and back, for prompts, completions and conversations. Entry: {@link org.align4j.core.text.TextEncoder}; it stands
 * on a {@link org.align4j.core.text.tokenizer.Tokenizer} and on {@link org.align4j.core.text.ChatTemplate} (the model's own
 * template). Knows nothing of models, tensors or training.
 */
@NullMarked
package org.align4j.core.text;

import org.jspecify.annotations.NullMarked;
