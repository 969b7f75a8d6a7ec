package org.align4j.serve.chat;

/**
 * Counts of tokens that answers took.
 *
 * @param prompt read
 * @param reused of those, tokens whose products were there already
 * @param answer made
 */
public record TokenCount(long prompt, long reused, long answer) {
    /** No tokens. */
    public static final TokenCount NONE = new TokenCount(0, 0, 0);
}
