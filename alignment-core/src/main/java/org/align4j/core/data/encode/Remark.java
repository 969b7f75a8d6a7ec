package org.align4j.core.data.encode;

import org.jspecify.annotations.Nullable;

/** What is to be told of a row of text that is used. */
enum Remark {
    /** Its prompt was no token prefix, so prompt and answer were tokenised apart. */
    PROMPT_APART,

    /** What ends a step stands within one of its steps. */
    SEPARATOR_WITHIN;

    static @Nullable Remark ofPrompt(boolean separately) {
        return separately ? PROMPT_APART : null;
    }
}
