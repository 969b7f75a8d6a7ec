/**
 * Together's API below {@code /together}, as its client 3.1.1 speaks it: files that are sent to paths of one use, fine-tuning jobs, downloads of
 * tuned models. Entry: {@link org.align4j.serve.together.Together}. Chats are answered by OpenAI's routes.
 */
@NullMarked
package org.align4j.serve.together;

import org.jspecify.annotations.NullMarked;
