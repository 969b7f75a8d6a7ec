/**
 * The demo: its data, its model, its command; entry {@link org.align4j.examples.demo.DemoData}.
 *
 * <p>A byte-level BPE tokenizer learned from text and written in the layout of {@code tokenizer.json}; entry {@link
 * org.align4j.examples.demo.BytePairEncoding}. It knows nothing of where the text comes from.
 *
 * <p>The demo's little town: a seeded generator of chats, stories and preference pairs, from phrase files; entry {@link
 * org.align4j.examples.demo.DemoData.Corpus}. It knows nothing of models or tensors.
 *
 * <p>Seeded choices and the phrase files they choose from; entry {@link org.align4j.examples.demo.Phrasebook}. It
 * knows nothing of what the phrases are used for.
 */
@NullMarked
package org.align4j.examples.demo;

import org.jspecify.annotations.NullMarked;
