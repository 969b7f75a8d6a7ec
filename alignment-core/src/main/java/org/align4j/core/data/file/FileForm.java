package org.align4j.core.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.io.Serializable;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** How files of rows are written, where they are written otherwise than most: a group of options. */
@Heading("How files are written")
public record FileForm(
        @Option(
                help =
                        "Values of a key that are read as others, such as winner=response1:a,response2:b; several keys after one another.",
                defaultValue = "")
        List<String> mapValues,

        @Option(
                help =
                        "What separates the cells of tables: a character, or tab; auto is a comma in .csv, a tab in .tsv.",
                unset = "auto")
        @Nullable
        String delimiter,

        @Option(
                help =
                        "How the files' text is encoded, such as utf-16 or windows-1252; auto is UTF-8, or what a byte order mark says.",
                unset = "auto")
        @Nullable
        String encoding)
        implements Serializable {
    /** Files as most are. */
    public static final FileForm PLAIN = new FileForm(List.of(), null, null);

    /** Checks each value. */
    public FileForm {
        mapValues = List.copyOf(mapValues);
        parse(mapValues);
        separator(delimiter, ',');
        if (encoding != null) {
            charset(encoding);
        }
    }

    /** Returns the values that are read as others, by key. */
    Map<String, Map<String, String>> values() {
        return parse(mapValues);
    }

    private static Map<String, Map<String, String>> parse(List<String> items) {
        Map<String, Map<String, String>> values = new LinkedHashMap<>();
        String key = null;
        for (String item : items) {
            int equals = item.indexOf('=');
            int colon = item.lastIndexOf(':');
            if (equals > 0 && equals < colon) {
                key = item.substring(0, equals).strip();
            }
            String from = equals > 0 && equals < colon
                    ? item.substring(equals + 1, colon)
                    : item.substring(0, Math.max(colon, 0));
            if (key == null || from.isBlank()) {
                throw new InputException("map-values has \"" + Shortened.of(item)
                        + "\" but must be KEY=VALUE:READ-AS,VALUE:READ-AS such as winner=response1:a,response2:b.");
            }
            if (values.computeIfAbsent(key, named -> new LinkedHashMap<>())
                            .put(from.strip(), item.substring(colon + 1).strip())
                    != null) {
                throw new InputException("map-values names the value \"" + Shortened.of(from) + "\" of " + key
                        + " twice; name it once.");
            }
        }
        return values;
    }

    /** Returns the character between cells, {@code usual} where nothing else was said. */
    char separator(char usual) {
        return separator(delimiter, usual);
    }

    private static char separator(@Nullable String delimiter, char usual) {
        if (delimiter == null) {
            return usual;
        }
        if (delimiter.equalsIgnoreCase("tab") || delimiter.equals("\\t")) {
            return '\t';
        }
        if (delimiter.length() != 1 || "\"\r\n".contains(delimiter) || Character.isLetterOrDigit(delimiter.charAt(0))) {
            throw new InputException(
                    "delimiter is \"" + Shortened.of(delimiter)
                            + "\" but must be one character that is no letter, digit, quote or line end, or tab; a semicolon is usual.");
        }
        return delimiter.charAt(0);
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name.equalsIgnoreCase("latin-1") ? "ISO-8859-1" : name.replace('_', '-'));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new InputException(
                    "encoding is \"" + Shortened.of(name)
                            + "\" but Java knows no such encoding; utf-8, utf-16, windows-1252 and iso-8859-1 are usual.",
                    e);
        }
    }

    /** Opens a file of text, unpacked, as UTF-8 whatever its encoding is. */
    public InputStream open(Path file) throws IOException {
        InputStream in = DataFiles.open(file);
        return EncodedInput.asUtf8(file.toString(), in, encoding == null ? null : charset(encoding));
    }

    /** Text of another encoding as a stream of UTF-8. What the encoding doesn't have ends the reading with file and line. */
    private static final class EncodedInput extends InputStream {
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

    /**
     * A file in which values of some keys are read as others.
     *
     * @param file the file
     * @param name its name, for messages
     * @param values for each key what its values are read as; one that isn't named stays
     */
    record MappedValues(ObjectFile file, String name, Map<String, Map<String, String>> values) implements ObjectFile {
        @Override
        public int read(Receiver receiver) {
            Set<String> missing = new HashSet<>(values.keySet());
            int count = file.read(new Receiver() {
                @Override
                public void object(int line, Map<String, @Nullable Object> fields) {
                    missing.removeAll(fields.keySet());
                    receiver.object(line, mapped(fields));
                }

                @Override
                public void broken(int line, InputException error) {
                    receiver.broken(line, error);
                }

                @Override
                public boolean wantsMore() {
                    return receiver.wantsMore();
                }
            });
            if (!missing.isEmpty() && receiver.wantsMore()) {
                throw new InputException("map-values names " + String.join(" and ", missing) + ", but no row of " + name
                        + " has such a key; take it out, or name the key that the file has.");
            }
            return count;
        }

        private Map<String, @Nullable Object> mapped(Map<String, @Nullable Object> fields) {
            Map<String, @Nullable Object> mapped = new LinkedHashMap<>(fields);
            values.forEach((key, readAs) -> {
                Object value = fields.get(key);
                String other =
                        value == null ? null : readAs.get(value.toString().strip());
                if (other != null) {
                    mapped.put(key, other);
                }
            });
            return mapped;
        }
    }
}
