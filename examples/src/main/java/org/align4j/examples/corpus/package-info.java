/**
 * The demo's little town: a seeded generator of chats, stories and preference pairs, from phrase files; entry {@link
 * org.align4j.examples.corpus.Corpus}. It knows nothing of models or tensors.
 */
@NullMarked
package org.align4j.examples.corpus;

import org.jspecify.annotations.NullMarked;
