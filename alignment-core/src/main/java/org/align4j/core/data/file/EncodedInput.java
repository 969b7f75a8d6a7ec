package org.align4j.core.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/** Text of another encoding as a stream of UTF-8. What the encoding doesn't have ends the reading with file and line. */
final class EncodedInput extends InputStream {
    private static final int MARK_BYTES = 2;

    private final String file;
    private final Charset charset;
    private final Reader reader;
    private final char[] chars = new char[1 << 13];
    private byte[] bytes = new byte[0];
    private int position;
    private int line = 1;
    private char half;

    private EncodedInput(String file, InputStream in, Charset charset) {
        this.file = file;
        this.charset = charset;
        this.reader = new InputStreamReader(
                in,
                charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
    }

    /**
     * Returns a stream as UTF-8.
     *
     * @param charset null for UTF-8, or UTF-16 where the stream begins with its byte order mark
     */
    static InputStream asUtf8(String file, InputStream in, @Nullable Charset charset) throws IOException {
        if (charset != null) {
            return charset.equals(StandardCharsets.UTF_8) ? in : new EncodedInput(file, in, charset);
        }
        PushbackInputStream peeked = new PushbackInputStream(in, MARK_BYTES);
        byte[] start = peeked.readNBytes(MARK_BYTES);
        peeked.unread(start);
        boolean little = start.length == MARK_BYTES && start[0] == (byte) 0xFF && start[1] == (byte) 0xFE;
        boolean big = start.length == MARK_BYTES && start[0] == (byte) 0xFE && start[1] == (byte) 0xFF;
        return little || big ? new EncodedInput(file, peeked, StandardCharsets.UTF_16) : peeked;
    }

    @Override
    public int read() throws IOException {
        return fill() ? bytes[position++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, bytes.length - position);
        System.arraycopy(bytes, position, target, offset, count);
        position += count;
        return count;
    }

    /** Decodes more where all was handed on; false at the end. */
    private boolean fill() throws IOException {
        while (position == bytes.length) {
            int start = half == 0 ? 0 : 1;
            chars[0] = half;
            half = 0;
            int count;
            try {
                count = reader.read(chars, start, chars.length - start - 1);
            } catch (CharacterCodingException e) {
                throw new InputException(
                        file + ":" + line + ": this line, or one soon after it, is not " + charset.name()
                                + "; name the file's encoding with encoding.",
                        e);
            }
            if (count < 0 && start == 0) {
                return false;
            }
            int end = start + Math.max(count, 0);
            if (count >= 0 && Character.isHighSurrogate(chars[end - 1])) {
                half = chars[--end];
            }
            String text = new String(chars, 0, end);
            line += (int) text.chars().filter(c -> c == '\n').count();
            bytes = text.getBytes(StandardCharsets.UTF_8);
            position = 0;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
