package org.align4j.core.data;

import org.jspecify.annotations.Nullable;

/** Guesses in which language a text is. */
@FunctionalInterface
public interface LanguageGuess {

    /** Returns the language's code in ISO 639-1, such as en; null where nothing in the text shows a language. */
    @Nullable
    String of(String text);
}
