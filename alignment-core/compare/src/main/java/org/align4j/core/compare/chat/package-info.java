/**
 * Asks a hosted chat model: where it is, what a request says, and the file of replies that were paid for, each of which is asked for once.
 * Entries: {@link org.align4j.core.compare.chat.ChatAsking} for judges, {@link org.align4j.core.compare.chat.HostedAnswers} for a model's
 * answers to prompts. Must not depend on judges, models or training.
 */
@NullMarked
package org.align4j.core.compare.chat;

import org.jspecify.annotations.NullMarked;
