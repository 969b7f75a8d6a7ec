package org.align4j.core.doctor;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Texts that went through the wrong encoding: UTF-8 that was read as Windows-1252 (an accented letter became two characters), the
 * replacement character of what could not be read, control characters, halves of characters.
 */
final class Encoding implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.02, 0.1);
    private static final String ADVICE =
            "The model learns such characters as they are; read the source again as UTF-8, or leave the rows out with --fix"
                    + " encoding.";
    private static final Charset WINDOWS = Charset.forName("windows-1252");
    private static final int REPLACEMENT = 0xFFFD;
    /** What a character of two bytes began with in Latin-1's letters, Greek and Cyrillic. */
    private static final String TWO_BYTES = "\u00C2\u00C3\u00CE\u00CF\u00D0\u00D1";

    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    @Override
    public String id() {
        return "encoding";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.written()) {
            return NOTHING;
        }
        String fault = fault(row.texts().joined());
        return () -> {
            rows++;
            if (fault != null) {
                found.add(Sighting.of(row.number(), fault));
            }
        };
    }

    /** What is wrong with a text in a few words; null where nothing is. */
    static @Nullable String fault(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == REPLACEMENT) {
                return "replacement character";
            }
            if (Character.isISOControl(c) && !Character.isWhitespace(c) && c != '\u0085') {
                return "control character";
            }
            if (Character.isSurrogate(c)) {
                boolean whole = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!whole) {
                    return "half a character";
                }
                i++;
            } else if (c >= 0xC2 && misread(text, i)) {
                return "UTF-8 read as Windows-1252";
            }
        }
        return null;
    }

    /** Whether the characters from a place on are the bytes of one character. */
    private static boolean misread(String text, int at) {
        char lead = text.charAt(at);
        int length = TWO_BYTES.indexOf(lead) >= 0
                ? 2
                : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
        if (length == 0 || at + length > text.length()) {
            return false;
        }
        try {
            ByteBuffer bytes = WINDOWS.newEncoder().encode(CharBuffer.wrap(text, at, at + length));
            StandardCharsets.UTF_8.newDecoder().decode(bytes);
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE);
    }
}
