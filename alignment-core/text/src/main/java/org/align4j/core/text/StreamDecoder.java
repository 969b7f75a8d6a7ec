package org.align4j.core.text;

import java.util.Arrays;

/**
 * Turns tokens into text one at a time. What it gives back, put together, is the text of all tokens decoded at once; a
 * character whose bytes come in several tokens is held back until it is whole. Looks at the last few tokens only, so
 * that long answers cost no more per token than short ones. Belongs to one thread.
 */
public final class StreamDecoder {
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private int[] window = new int[32];
    private int count;
    private int read;

    StreamDecoder(Tokenizer tokenizer, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /** Takes the next token; returns the text that is now certain, often a word, sometimes nothing. */
    public String add(int id) {
        if (count == window.length) {
            window = Arrays.copyOf(window, 2 * count);
        }
        window[count++] = id;
        return advance(false);
    }

    /** Returns what was held back; half a character becomes U+FFFD. */
    public String finish() {
        return advance(true);
    }

    /** The window is some tokens already given, for context, then those not given yet. */
    private String advance(boolean last) {
        String before = text(read);
        String now = text(count);
        if (now.length() <= before.length() || (!last && now.charAt(now.length() - 1) == REPLACEMENT)) {
            return "";
        }
        window = Arrays.copyOfRange(window, read, read + Math.max(32, count - read));
        count -= read;
        read = count;
        return now.substring(before.length());
    }

    private String text(int tokens) {
        return tokenizer.decode(Arrays.copyOf(window, tokens), skipSpecialTokens);
    }
}
