/**
 * Models that answer: bases that stay in memory, tuned models that come and go, and what an answer says beside its text, such as calls of
 * functions. Entry: {@link org.align4j.serve.chat.Shelf}. Must not depend on HTTP, nor on the store.
 */
@NullMarked
package org.align4j.serve.chat;

import org.jspecify.annotations.NullMarked;
