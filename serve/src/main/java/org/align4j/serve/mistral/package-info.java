/**
 * Mistral's {@code /v1} below {@code /mistral}: files, fine-tuning jobs, models and chats as mistralai's clients ask for them. Maps requests to what
 * the server has and refuses by name what it lacks; nothing else of the server knows this dialect.
 */
@NullMarked
package org.align4j.serve.mistral;

import org.jspecify.annotations.NullMarked;
