package org.align4j.core.compare.answers;

import org.jspecify.annotations.Nullable;

/**
 * One answer of a system, as its file has it.
 *
 * @param prompt what was asked, with the number that the file gives or else the line's own; null where the file has its tokens alone
 * @param row the number that the file gives; null where it gives none
 * @param sample which of the answers to this prompt it is; null where the file doesn't say
 * @param text what was said
 * @param finished whether it came to its end; null where the file doesn't say
 */
record GivenAnswer(
        @Nullable AskedPrompt prompt,
        @Nullable Integer row,
        @Nullable Integer sample,
        String text,
        @Nullable Boolean finished) {}
