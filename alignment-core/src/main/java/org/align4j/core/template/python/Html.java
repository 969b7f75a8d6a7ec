package org.align4j.core.template.python;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Function.CallArguments;

/** HTML as plain text: {@code html.unescape} of Python's library and {@code striptags} of MarkupSafe. */
final class Html {
    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
    private static final String NAMES = "/org/align4j/core/template/html5-entities.txt";

    /** What browsers read the numbers 128 to 159 as: the characters of Windows' code page 1252. */
    private static final String WINDOWS =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152"
                    + "\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e"
                    + "\u0178";

    private Html() {}

    /** The names of HTML 5, those with their semicolon and the old ones without; read when the first one is met. */
    private static final class Names {
        static final Map<String, String> ALL = read();

        private static Map<String, String> read() {
            Map<String, String> names = new HashMap<>();
            InputStream stream = Html.class.getResourceAsStream(NAMES);
            if (stream == null) {
                throw new IllegalStateException(NAMES + " is missing.");
            }
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
                lines.lines().map(line -> line.split(" ", -1)).forEach(words -> {
                    StringBuilder meaning = new StringBuilder();
                    for (String point : words[0].split("\\+", -1)) {
                        meaning.appendCodePoint(Integer.parseInt(point, 16));
                    }
                    for (int i = 1; i < words.length; i++) {
                        names.put(words[i], meaning.toString());
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return names;
        }
    }

    /** A text without comments and tags, its white space collapsed to single blanks, its references resolved. */
    public static String stripTags(String text, Budget budget) {
        String bare = without(without(text, "<!--", "-->", budget), "<", ">", budget);
        StringBuilder words = new StringBuilder();
        for (Object word : Splitting.split(bare, CallArguments.NONE, budget)) {
            words.append(words.length() > 0 ? " " : "").append(word);
        }
        return unescape(words.toString());
    }

    /** Takes out every stretch from {@code open} to the next {@code close}, again from the start as Python does. */
    private static String without(String text, String open, String close, Budget budget) {
        String rest = text;
        int start = rest.indexOf(open);
        while (start >= 0) {
            int end = rest.indexOf(close, start);
            if (end < 0) {
                break;
            }
            budget.spend(rest.length());
            rest = rest.substring(0, start) + rest.substring(end + close.length());
            start = rest.indexOf(open);
        }
        return rest;
    }

    /** A text with its character references, by name or by number, as the characters they stand for. */
    public static String unescape(String text) {
        if (text.indexOf('&') < 0) {
            return text;
        }
        return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(meaning(match.group(1))));
    }

    private static String meaning(String reference) {
        if (reference.charAt(0) == '#') {
            return numbered(
                    reference.endsWith(";") ? reference.substring(1, reference.length() - 1) : reference.substring(1));
        }
        for (int length = reference.length(); length > 1; length--) {
            String known = Names.ALL.get(reference.substring(0, length));
            if (known != null) {
                return known + reference.substring(length);
            }
        }
        return "&" + reference;
    }

    private static String numbered(String digits) {
        boolean hex = digits.charAt(0) == 'x' || digits.charAt(0) == 'X';
        String significant = digits.substring(hex ? 1 : 0).replaceFirst("^0+(?=.)", "");
        int number = significant.length() > 7 ? Integer.MAX_VALUE : Integer.parseInt(significant, hex ? 16 : 10);
        if (number >= 0x80 && number < 0x80 + WINDOWS.length()) {
            return WINDOWS.substring(number - 0x80, number - 0x80 + 1);
        }
        if (number == 0 || number > Character.MAX_CODE_POINT || (number >= 0xD800 && number <= 0xDFFF)) {
            return "\ufffd";
        }
        return stands(number) ? Character.toString(number) : "";
    }

    /** Returns whether HTML lets a number stand for its character; for controls and noncharacters it does not. */
    private static boolean stands(int number) {
        boolean control = number <= 0x8 || number == 0xB || (number >= 0xE && number <= 0x1F) || number == 0x7F;
        return !control && !(number >= 0xFDD0 && number <= 0xFDEF) && (number & 0xFFFE) != 0xFFFE;
    }
}
