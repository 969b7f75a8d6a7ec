package org.align4j.core.data.read;

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
        CharBuffer out = CharBuffer.wrap(target, offset, length);
        while (out.hasRemaining() && out.position() == 0) {
            CoderResult result = decoder.decode(bytes, out, atEnd);
            countLines(target, offset, offset + out.position());
            if (result.isError()) {
                throw new InputException(notUtf8(file, line));
            }
            skipByteOrderMark(out);
            if (out.position() == 0) {
                if (atEnd && !bytes.hasRemaining()) {
                    return -1;
                }
                fill();
            }
        }
        return out.position();
    }

    private void skipByteOrderMark(CharBuffer out) {
        if (atStart && out.position() > 0) {
            atStart = false;
            if (out.get(0) == BYTE_ORDER_MARK.charAt(0)) {
                out.flip().position(1);
                out.compact();
            }
        }
    }

    /** The sentence about bytes that are not UTF-8. */
    static String notUtf8(String file, int line) {
        return file + ":" + line + ": this line is not UTF-8; save the file as UTF-8 (it may be Latin-1 or UTF-16).";
    }

    private void countLines(char[] chars, int from, int to) {
        for (int i = from; i < to; i++) {
            if (chars[i] == '\n') {
                line++;
            }
        }
    }

    private void fill() throws IOException {
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        atEnd = count < 0;
        bytes.position(bytes.position() + Math.max(count, 0)).flip();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
