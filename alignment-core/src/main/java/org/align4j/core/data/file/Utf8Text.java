package org.align4j.core.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.align4j.core.error.InputException;

/**
 * A file's text, decoded strictly: the first byte sequence that is not UTF-8 ends the reading with an error that names
 * file and line. A byte order mark at the start is skipped.
 */
public final class Utf8Text extends Reader {
    /** U+FEFF, which some editors put first. */
    static final String BYTE_ORDER_MARK = "\uFEFF";

    private final String file;
    private final InputStream in;
    private final CharsetDecoder decoder = strictDecoder();
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).limit(0);
    private final CharBuffer chars = CharBuffer.allocate(1 << 16).limit(0);
    private int line = 1;
    private boolean atStart = true;
    private boolean atEnd;

    public Utf8Text(String file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /** A decoder that reports what is malformed rather than replacing it. */
    static CharsetDecoder strictDecoder() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        while (length > 0 && !chars.hasRemaining()) {
            if (atEnd && !bytes.hasRemaining()) {
                return -1;
            }
            fill();
            decode();
        }
        int count = Math.min(length, chars.remaining());
        chars.get(target, offset, count);
        return count;
    }

    private void fill() throws IOException {
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        atEnd = count < 0;
        bytes.position(bytes.position() + Math.max(count, 0)).flip();
    }

    private void decode() {
        chars.clear();
        CoderResult result = decoder.decode(bytes, chars, atEnd);
        chars.flip();
        for (int i = 0; i < chars.limit(); i++) {
            line += chars.get(i) == '\n' ? 1 : 0;
        }
        if (result.isError()) {
            throw new InputException(notUtf8(file, line));
        }
        if (atStart && chars.hasRemaining()) {
            atStart = false;
            chars.position(chars.get(0) == BYTE_ORDER_MARK.charAt(0) ? 1 : 0);
        }
    }

    /** The sentence about bytes that are not UTF-8. */
    static String notUtf8(String file, int line) {
        return file + ":" + line
                + ": this line is not UTF-8; save the file as UTF-8, or say what it is (--encoding windows-1252, or utf-16).";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
