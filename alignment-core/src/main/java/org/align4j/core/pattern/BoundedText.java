package org.align4j.core.pattern;

import org.align4j.core.stop.StopSignal;

/** A text that may be read so many characters' worth, and asks whether to stop now and then. */
final class BoundedText implements CharSequence {
    private static final int ASK_EVERY = 1 << 16;

    private final String text;
    private final int most;
    private int read;

    BoundedText(String text, int most) {
        this.text = text;
        this.most = most;
    }

    /** Says that a pattern read more of a text than it may. */
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exhausted() {
            super("too many characters read", null, false, false);
        }
    }

    /** Returns how many characters were read. */
    int read() {
        return read;
    }

    @Override
    public char charAt(int index) {
        if ((++read & (ASK_EVERY - 1)) == 0) {
            StopSignal.throwIfStopped();
            if (read > most) {
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
