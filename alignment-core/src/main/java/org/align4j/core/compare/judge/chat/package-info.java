/**
 * Judging by a chat endpoint: what is asked, how a reply is read, and the file of replies that were paid for. Entry:
 * {@link org.align4j.core.compare.judge.chat.ChatJudgeSource}. Must not depend on models or on training.
 */
@NullMarked
package org.align4j.core.compare.judge.chat;

import org.jspecify.annotations.NullMarked;
