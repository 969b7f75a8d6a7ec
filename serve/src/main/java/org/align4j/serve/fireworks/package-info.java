/**
 * Fireworks' {@code /v1} below {@code /fireworks}: datasets, preference and supervised jobs, models and chats as fireworks-ai's clients ask for them.
 * Names that clients choose are beside the server's ids in {@link org.align4j.serve.fireworks.Resources}; nothing else of the server knows this
 * dialect.
 */
@NullMarked
package org.align4j.serve.fireworks;

import org.jspecify.annotations.NullMarked;
