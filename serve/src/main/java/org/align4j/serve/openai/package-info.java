/**
 * OpenAI's {@code /v1} on this machine: files, uploads, fine-tuning jobs, models and chats as
 * OpenAI's clients ask for them. Maps requests to what the server has and refuses by name what it lacks; nothing else of the server knows this
 * dialect.
 */
@NullMarked
package org.align4j.serve.openai;

import org.jspecify.annotations.NullMarked;
