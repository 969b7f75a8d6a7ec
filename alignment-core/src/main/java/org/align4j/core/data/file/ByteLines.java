package org.align4j.core.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Cuts a stream into lines without decoding it, so that a line that is not UTF-8 does not end the reading. */
final class ByteLines {
    /** A packed file of a few kilobytes may hold a line that fills the memory. */
    private static final int LONGEST = 1 << 25;

    private static final int MOST_BLANK = 1_000_000;

    private final InputStream in;
    private final byte[] block = new byte[1 << 16];
    private int position;
    private int limit;
    private byte[] line = new byte[1 << 12];
    private int length;
    private int number;
    private int blank;
    private boolean atEnd;

    ByteLines(InputStream in) {
        this.in = in;
    }

    /** Moves to the next line; false where there is none. The part after the last line break counts, even if empty. */
    boolean next() throws IOException {
        if (atEnd) {
            return false;
        }
        boolean empty = length == 0 || (length == 1 && line[0] == '\r');
        blank = empty ? blank + 1 : 0;
        if (blank > MOST_BLANK) {
            throw new IOException("a million blank lines stand before line " + (number + 1) + "; take them out");
        }
        length = 0;
        number++;
        while (true) {
            if (position == limit) {
                position = 0;
                limit = Math.max(in.read(block), 0);
                if (limit == 0) {
                    atEnd = true;
                    return true;
                }
            }
            int end = position;
            while (end < limit && block[end] != '\n') {
                end++;
            }
            append(end);
            if (end < limit) {
                position = end + 1;
                return true;
            }
            position = limit;
        }
    }

    private void append(int end) throws IOException {
        int count = end - position;
        if (length + count > LONGEST) {
            throw new IOException(
                    "line " + number + " has more than " + LONGEST + " bytes; a row is one line of a few thousand");
        }
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.max(length + count, line.length * 2));
        }
        System.arraycopy(block, position, line, length, count);
        length += count;
    }

    /** The bytes of the line, without its break; valid until the next call. */
    ByteBuffer bytes() {
        return ByteBuffer.wrap(line, 0, length);
    }
}
