package org.align4j.core.pattern;

import org.align4j.core.stop.StopSignal;

/** A text that may be read so many characters' worth, and asks whether to stop now and then. */
final class BoundedText implements CharSequence {
    /** Read in about a second: enough for an expression that reads a text of 20,000 characters from each of its places. */
    static final long MOST_READ = 300_000_000;

    private static final int ASK_EVERY = 1 << 16;

    private final String text;
    private long read;

    BoundedText(String text) {
        this.text = text;
    }

    /** More was read than may be. */
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exhausted() {
            super("too many characters read", null, false, false);
        }
    }

    @Override
    public char charAt(int index) {
        if (++read % ASK_EVERY == 0) {
            StopSignal.throwIfStopped();
            if (read > MOST_READ) {
                throw new Exhausted();
            }
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
