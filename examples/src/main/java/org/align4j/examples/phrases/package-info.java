/**
 * Seeded choices and the phrase files they choose from; entry {@link org.align4j.examples.phrases.Phrasebook}. It knows
 * nothing of what the phrases are used for.
 */
@NullMarked
package org.align4j.examples.phrases;

import org.jspecify.annotations.NullMarked;
