package org.align4j.core.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Characters;

/**
 * Cuts a template into tokens as Jinja does with trim_blocks and lstrip_blocks: a tag takes the newline after it and
 * the blanks before it on its line; {@code -} takes all white space on its side, {@code +} spares it; one newline at
 * the end of the template goes.
 */
final class Lexer {
    private static final int UNICODE = Pattern.UNICODE_CHARACTER_CLASS | Pattern.CASE_INSENSITIVE;
    private static final Pattern RAW =
            Pattern.compile("\\{%[-+]?\\s*raw\\s*(?:-%\\}\\s*|%\\})", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern END_RAW =
            Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(?:\\+%\\}|-%\\}\\s*|%\\}\\n?)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern FLOAT = Pattern.compile(
            "(?<!\\.)(?:[0-9]+_)*[0-9]+(?:(?:\\.(?:[0-9]+_)*[0-9]+)?e[+-]?(?:[0-9]+_)*[0-9]+|\\.(?:[0-9]+_)*[0-9]+)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern INTEGER = Pattern.compile(
            "0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?[0-9])*|0(?:_?0)*", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAME = Pattern.compile("\\w+", UNICODE);
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final Places places;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;
    private boolean lineStarting = true;

    public Lexer(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        this.source = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
        this.places = new Places(source);
    }

    public List<Token> tokens() {
        while (at < source.length()) {
            text();
        }
        add(Token.Type.END, "", at);
        return tokens;
    }

    /** Text up to the next tag, then that tag. */
    private void text() {
        int begin = source.indexOf('{', at);
        while (begin >= 0 && !opens(begin)) {
            begin = source.indexOf('{', begin + 1);
        }
        if (begin < 0) {
            addText(source.substring(at));
            at = source.length();
            return;
        }
        char kind = source.charAt(begin + 1);
        char sign = signAt(begin + 2);
        addText(before(begin, sign, kind != '{'));
        Matcher raw = RAW.matcher(source).region(begin, source.length());
        if (kind == '%' && raw.lookingAt()) {
            moveTo(raw.end());
            raw(begin);
            return;
        }
        moveTo(begin + (sign == 0 ? 2 : 3));
        if (kind == '#') {
            comment(begin);
        } else {
            tag(begin, kind == '%');
        }
    }

    private boolean opens(int place) {
        return place + 1 < source.length() && "{%#".indexOf(source.charAt(place + 1)) >= 0;
    }

    private char signAt(int place) {
        char sign = place < source.length() ? source.charAt(place) : 0;
        return sign == '-' || sign == '+' ? sign : 0;
    }

    /** The text before a tag, less the white space that the tag takes. */
    private String before(int end, char sign, boolean takesBlanks) {
        String text = source.substring(at, end);
        if (sign == '-') {
            return Characters.stripEnd(text);
        }
        if (sign == '+' || !takesBlanks) {
            return text;
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean blank = text.codePoints().skip(text.codePointCount(0, line)).allMatch(Characters::isSpace);
        return blank && (line > 0 || lineStarting) ? text.substring(0, line) : text;
    }

    private void moveTo(int place) {
        lineStarting = place > 0 && source.charAt(place - 1) == '\n';
        at = place;
    }

    private void comment(int begin) {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw places.syntax("Missing end of comment tag", begin);
        }
        close(end > at ? signAt(end - 1) : 0, end + 2, true);
    }

    /** Moves behind a tag's end, and over the white space that it takes. */
    private void close(char sign, int end, boolean takesNewline) {
        int next = end;
        if (sign == '-') {
            while (next < source.length() && Characters.isSpace(source.charAt(next))) {
                next++;
            }
        } else if (sign == 0 && takesNewline && next < source.length() && source.charAt(next) == '\n') {
            next++;
        }
        moveTo(next);
    }

    private void raw(int begin) {
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw places.syntax("Missing end of raw directive", begin);
        }
        String sign = end.group(1);
        addText(before(end.start(), sign.isEmpty() ? 0 : sign.charAt(0), true));
        moveTo(end.end());
    }

    private void tag(int begin, boolean statement) {
        add(statement ? Token.Type.TAG_BEGIN : Token.Type.OUTPUT_BEGIN, statement ? "{%" : "{{", begin);
        String close = statement ? "%}" : "}}";
        while (at < source.length()) {
            if (open.isEmpty()) {
                char sign = signAt(at);
                boolean signed = sign == '-' || (sign == '+' && statement);
                if (source.startsWith(close, signed ? at + 1 : at)) {
                    add(statement ? Token.Type.TAG_END : Token.Type.OUTPUT_END, close, at);
                    close(signed ? sign : 0, at + (signed ? 3 : 2), statement);
                    return;
                }
            }
            if (Characters.isSpace(source.charAt(at))) {
                at++;
            } else {
                inner();
            }
        }
    }

    private void inner() {
        if (take(FLOAT, Token.Type.FLOAT) || take(INTEGER, Token.Type.INTEGER) || take(NAME, Token.Type.NAME)) {
            return;
        }
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            string(c);
            return;
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator);
                add(Token.Type.OPERATOR, operator, at);
                at += operator.length();
                return;
            }
        }
        throw places.syntax("unexpected char '" + Character.toString(source.codePointAt(at)) + "'", at);
    }

    private boolean take(Pattern pattern, Token.Type type) {
        Matcher matcher = pattern.matcher(source).useTransparentBounds(true).region(at, source.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        if (type == Token.Type.NAME
                && !Character.isUnicodeIdentifierStart(source.codePointAt(at))
                && source.charAt(at) != '_') {
            throw places.syntax("Invalid character in identifier", at);
        }
        add(type, matcher.group(), at);
        at = matcher.end();
        return true;
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw places.syntax("unexpected char '" + quote + "': the string has no end", at);
        }
        try {
            add(Token.Type.STRING, StringLiteral.value(source.substring(at + 1, end)), at);
        } catch (IllegalArgumentException e) {
            throw places.syntax(String.valueOf(e.getMessage()), at);
        }
        at = end + 1;
    }

    private void balance(String operator) {
        char c = operator.charAt(0);
        int opening = "([{".indexOf(c);
        if (opening >= 0) {
            open.push(")]}".charAt(opening));
        } else if (")]}".indexOf(c) >= 0) {
            if (open.isEmpty()) {
                throw places.syntax("unexpected '" + c + "'", at);
            }
            char expected = open.pop();
            if (expected != c) {
                throw places.syntax("unexpected '" + c + "', expected '" + expected + "'", at);
            }
        }
    }

    private void addText(String text) {
        if (!text.isEmpty()) {
            add(Token.Type.TEXT, text, at);
        }
    }

    private void add(Token.Type type, String value, int place) {
        tokens.add(new Token(type, value, places.line(place), places.column(place)));
    }

    /** Lines and columns of a text. */
    private static final class Places {
        private final int[] lineStarts;

        Places(String source) {
            int[] starts = new int[16];
            int count = 1;
            for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
                if (count == starts.length) {
                    starts = Arrays.copyOf(starts, 2 * count);
                }
                starts[count++] = i + 1;
            }
            this.lineStarts = Arrays.copyOf(starts, count);
        }

        int line(int place) {
            int found = Arrays.binarySearch(lineStarts, place);
            return found >= 0 ? found + 1 : -found - 1;
        }

        int column(int place) {
            return place - lineStarts[line(place) - 1] + 1;
        }

        TemplateException syntax(String reason, int place) {
            return new TemplateException("TemplateSyntaxError", reason, line(place), column(place));
        }
    }
}
