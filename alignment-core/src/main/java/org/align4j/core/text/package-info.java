/**
 * Text to tokens and back. {@link org.align4j.core.text.TextEncoder} turns prompts, completions and conversations into
 * token ids; it stands on {@link org.align4j.core.text.Tokenizer} (tokenizer.json) and
 * {@link org.align4j.core.text.ChatTemplate} (the model's own template). Knows nothing of models, tensors or training.
 */
@NullMarked
package org.align4j.core.text;

import org.jspecify.annotations.NullMarked;
