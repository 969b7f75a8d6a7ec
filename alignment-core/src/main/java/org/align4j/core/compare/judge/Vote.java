package org.align4j.core.compare.judge;

import org.jspecify.annotations.Nullable;

/**
 * A verdict that a file holds.
 *
 * @param prompt the prompt's words; null where the file names the row alone
 * @param row the prompt's number; null where the file has its words
 * @param sample which of the systems' answers to the prompt; null for any
 * @param a the name of one system
 * @param b the name of the other system
 * @param forB how far b is preferred, from 0 to 1; null where the file holds a verdict that says nothing
 */
record Vote(
        @Nullable String prompt,
        @Nullable Integer row,
        @Nullable Integer sample,
        String a,
        String b,
        @Nullable Double forB) {}
