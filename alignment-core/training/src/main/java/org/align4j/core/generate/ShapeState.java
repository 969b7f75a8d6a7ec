package org.align4j.core.generate;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far an answer has come in its {@link AnswerShape}, byte by byte: a pushdown recogniser of JSON (RFC 8259) that keeps its stack as
 * bits. White space between the parts of JSON is bounded, and nothing follows the end, so that answers end.
 *
 * @param shape what the answer must be
 * @param part what is read
 * @param count how far within the part: bytes of white space, of a literal, of a character, of the closing
 * @param nesting a bit for each value around this place: 1 for an object, 0 for an array
 * @param depth how many of these bits count
 * @param said the opening so far, a letter a byte
 */
record ShapeState(AnswerShape shape, Part part, int count, long nesting, int depth, String said) {
    /** Bytes of white space that may come in a row from a line break on: the indentation of pretty-printed JSON. */
    static final int MOST_WHITE = 32;

    /** Bytes of white space that may come in a row without a line break, and before the object. */
    static final int MOST_SPACES = 2;

    /** Added to the count of white space once a line has broken, so that one number says both. */
    private static final int BROKEN = 16;

    /** Values that may contain each other. */
    static final int MOST_NESTED = 32;

    private static final List<String> LITERALS = List.of("true", "false", "null");
    private static final int LITERAL_STRIDE = 8;

    /** The part of a JSON text that comes next, or whose bytes are being read. */
    enum Part {
        OPENING,
        OBJECT,
        KEY_OR_END,
        KEY,
        COLON,
        VALUE,
        VALUE_OR_END,
        AFTER,
        KEY_TEXT,
        KEY_ESCAPE,
        KEY_HEX,
        KEY_CHARACTER,
        TEXT,
        ESCAPE,
        HEX,
        CHARACTER,
        MINUS,
        ZERO,
        DIGITS,
        POINT,
        FRACTION,
        EXPONENT,
        EXPONENT_SIGN,
        EXPONENT_DIGITS,
        LITERAL,
        CLOSING
    }

    /** Returns the state before the first byte. */
    static ShapeState start(AnswerShape shape) {
        Part first = shape.openings().equals(List.of("")) ? Part.OBJECT : Part.OPENING;
        return new ShapeState(shape, first, 0, 0, 0, "");
    }

    /** Returns whether the answer is whole. */
    boolean complete() {
        return part == Part.CLOSING && count == letters(shape.closing()).length();
    }

    /** Returns the state after a byte; null where the byte can't come here. */
    @Nullable
    ShapeState after(int b) {
        return switch (part) {
            case OPENING -> opened(said + (char) b);
            case OBJECT, KEY_OR_END, KEY, COLON, VALUE, VALUE_OR_END, AFTER ->
                b == ' ' || b == '\n' || b == '\t' || b == '\r' ? white(b) : structure(b);
            case KEY_TEXT, TEXT -> text(b);
            case KEY_ESCAPE, ESCAPE -> escape(b);
            case KEY_HEX, HEX -> Character.digit(b, 16) < 0 ? null : count == 3 ? to(text()) : to(part, count + 1);
            case KEY_CHARACTER, CHARACTER -> character(b);
            case LITERAL -> literal(b);
            case CLOSING -> closing(b);
            default -> number(b);
        };
    }

    /** Returns the state after a part of the opening; null where no opening begins so. */
    @Nullable
    ShapeState opened(String begun) {
        for (String opening : shape.openings()) {
            String letters = letters(opening);
            if (letters.startsWith(begun)) {
                return letters.length() == begun.length()
                        ? to(Part.OBJECT)
                        : new ShapeState(shape, part, 0, nesting, depth, begun);
            }
        }
        return null;
    }

    /** Writes each byte of a text as a letter. */
    static String letters(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private @Nullable ShapeState white(int b) {
        if (count < BROKEN && (b == '\n' || b == '\r') && part != Part.OBJECT) {
            return to(part, BROKEN + 1);
        }
        return count == MOST_SPACES || count == BROKEN + MOST_WHITE ? null : to(part, count + 1);
    }

    private @Nullable ShapeState structure(int b) {
        return switch (part) {
            case OBJECT -> b == '{' ? value(b) : null;
            case KEY_OR_END -> b == '}' ? closed() : b == '"' ? to(Part.KEY_TEXT) : null;
            case KEY -> b == '"' ? to(Part.KEY_TEXT) : null;
            case COLON -> b == ':' ? to(Part.VALUE) : null;
            case VALUE -> value(b);
            case VALUE_OR_END -> b == ']' ? closed() : value(b);
            default -> follower(b);
        };
    }

    /** Reads a byte behind a value that ended within an object or a list; null where none of JSON may come. */
    private @Nullable ShapeState follower(int b) {
        boolean inObject = (nesting >>> (depth - 1) & 1) == 1;
        if (b == ',') {
            return to(inObject ? Part.KEY : Part.VALUE);
        }
        return b == (inObject ? '}' : ']') ? closed() : null;
    }

    private @Nullable ShapeState value(int b) {
        if (b == '{' || b == '[') {
            long within = b == '{' ? nesting | 1L << depth : nesting;
            return depth == MOST_NESTED
                    ? null
                    : new ShapeState(shape, b == '{' ? Part.KEY_OR_END : Part.VALUE_OR_END, 0, within, depth + 1, "");
        }
        for (int i = 0; i < LITERALS.size(); i++) {
            if (LITERALS.get(i).charAt(0) == b) {
                return to(Part.LITERAL, i * LITERAL_STRIDE + 1);
            }
        }
        if (b == '"') {
            return to(Part.TEXT);
        }
        return b == '-' ? to(Part.MINUS) : b == '0' ? to(Part.ZERO) : digit(b) ? to(Part.DIGITS) : null;
    }

    private ShapeState closed() {
        int outer = depth - 1;
        return new ShapeState(shape, outer == 0 ? Part.CLOSING : Part.AFTER, 0, nesting & ~(1L << outer), outer, "");
    }

    private boolean ofKey() {
        return part == Part.KEY_TEXT || part == Part.KEY_ESCAPE || part == Part.KEY_HEX || part == Part.KEY_CHARACTER;
    }

    private Part text() {
        return ofKey() ? Part.KEY_TEXT : Part.TEXT;
    }

    private @Nullable ShapeState text(int b) {
        if (b == '"') {
            return to(ofKey() ? Part.COLON : Part.AFTER);
        }
        if (b == '\\') {
            return to(ofKey() ? Part.KEY_ESCAPE : Part.ESCAPE);
        }
        if (b < 0x80) {
            return b < ' ' ? null : this;
        }
        int left = Utf8.after(b);
        return left == 0 ? null : to(ofKey() ? Part.KEY_CHARACTER : Part.CHARACTER, left);
    }

    private @Nullable ShapeState escape(int b) {
        if (b == 'u') {
            return to(ofKey() ? Part.KEY_HEX : Part.HEX);
        }
        return b < 0x80 && "\"\\/bfnrt".indexOf(b) >= 0 ? to(text()) : null;
    }

    private @Nullable ShapeState character(int b) {
        if (b < Utf8.least(count) || b > Utf8.most(count)) {
            return null;
        }
        int left = Utf8.left(count);
        return left == 0 ? to(text()) : to(part, left);
    }

    private @Nullable ShapeState literal(int b) {
        String literal = LITERALS.get(count / LITERAL_STRIDE);
        int at = count % LITERAL_STRIDE;
        if (literal.charAt(at) != b) {
            return null;
        }
        return at + 1 == literal.length() ? to(Part.AFTER) : to(part, count + 1);
    }

    private @Nullable ShapeState closing(int b) {
        String letters = letters(shape.closing());
        return count < letters.length() && letters.charAt(count) == b ? to(part, count + 1) : null;
    }

    private @Nullable ShapeState number(int b) {
        boolean exponent = b == 'e' || b == 'E';
        Part next = switch (part) {
            case MINUS -> b == '0' ? Part.ZERO : digit(b) ? Part.DIGITS : null;
            case ZERO, DIGITS ->
                part == Part.DIGITS && digit(b) ? part : b == '.' ? Part.POINT : exponent ? Part.EXPONENT : null;
            case POINT -> digit(b) ? Part.FRACTION : null;
            case FRACTION -> digit(b) ? part : exponent ? Part.EXPONENT : null;
            case EXPONENT -> digit(b) ? Part.EXPONENT_DIGITS : b == '+' || b == '-' ? Part.EXPONENT_SIGN : null;
            default -> digit(b) ? Part.EXPONENT_DIGITS : null;
        };
        if (next != null) {
            return next == part ? this : to(next);
        }
        boolean whole =
                part == Part.ZERO || part == Part.DIGITS || part == Part.FRACTION || part == Part.EXPONENT_DIGITS;
        return whole ? to(Part.AFTER).after(b) : null;
    }

    private static boolean digit(int b) {
        return b >= '0' && b <= '9';
    }

    private ShapeState to(Part next) {
        return to(next, 0);
    }

    private ShapeState to(Part next, int at) {
        return new ShapeState(shape, next, at, nesting, depth, "");
    }

    /** The bytes of a character in UTF-8 (RFC 3629, section 4): no overlong forms, no surrogates, nothing above U+10FFFF. */
    private static final class Utf8 {
        private static final int AFTER_E0 = 4;
        private static final int AFTER_ED = 5;
        private static final int AFTER_F0 = 6;
        private static final int AFTER_F4 = 7;

        /** What must come after a first byte: so many bytes, or a state in which the next one is bounded; 0: no first byte. */
        static int after(int first) {
            return switch (first) {
                case 0xE0 -> AFTER_E0;
                case 0xED -> AFTER_ED;
                case 0xF0 -> AFTER_F0;
                case 0xF4 -> AFTER_F4;
                default -> first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
            };
        }

        static int least(int state) {
            return state == AFTER_E0 ? 0xA0 : state == AFTER_F0 ? 0x90 : 0x80;
        }

        static int most(int state) {
            return state == AFTER_ED ? 0x9F : state == AFTER_F4 ? 0x8F : 0xBF;
        }

        static int left(int state) {
            return state == AFTER_E0 || state == AFTER_ED ? 1 : state == AFTER_F0 || state == AFTER_F4 ? 2 : state - 1;
        }
    }
}
