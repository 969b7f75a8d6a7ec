package org.align4j.examples.lessons;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The code of a lesson as a reader sees it: without what only puts things on the sheet, whose figures, sentences, tables and charts follow the
 * code anyway, and with the numbers of full scale.
 */
final class LessonCode {
    private static final Pattern SCALED = Pattern.compile("sheet\\.scaled\\(((?:[^,()]|\\([^()]*\\))+), [^()]*\\)");
    private static final Pattern EACH = Pattern.compile("(?m)^ *[\\w.(), ]+\\.forEach\\(sheet::\\w+\\);\n?");
    private static final Pattern EMPTY = Pattern.compile(
            "(?m)^ *(?:(?:for|if|while) \\(.*\\) \\{|[\\w.()]+\\.forEach\\(\\(?[\\w, ]+\\)? -> \\{)\n\\s*}(?:\\);)?\n?(?! else)");
    private static final List<String> SHOWN = List.of("figure", "say", "table", "bars", "lines", "columns");

    private LessonCode() {}

    /** Returns code for a page and for a terminal: everything that only shows is left out. */
    static String read(String java) {
        return bare(java, SHOWN);
    }

    private static String bare(String java, List<String> calls) {
        Pattern call = Pattern.compile("(?m)^ *sheet\\.(?:" + String.join("|", calls) + ")\\(");
        StringBuilder text = new StringBuilder(java + "\n");
        Matcher found = call.matcher(text);
        while (found.find()) {
            int end = closing(text, found.end());
            if (!text.substring(end).startsWith(";\n")) {
                throw new IllegalStateException("A call of the sheet is no statement of its own: " + found.group());
            }
            text.delete(found.start(), end + 2);
            found = call.matcher(text);
        }
        String left = EACH.matcher(SCALED.matcher(text).replaceAll(LessonCode::full))
                .replaceAll("")
                .replace("sheet.demo()", "Path.of(\"data/demo\")");
        for (Matcher empty = EMPTY.matcher(left); empty.find(); empty = EMPTY.matcher(left)) {
            left = empty.replaceFirst("");
        }
        return left.replaceAll("\n(\\s*\n)+(?=\n|\\s*})", "\n")
                .replaceAll("\\{\n\\s*\n", "{\n")
                .strip();
    }

    private static String full(MatchResult scaled) {
        return Matcher.quoteReplacement(scaled.group(1));
    }

    /** Returns the place behind the bracket that closes the one before a place; brackets in texts don't count. */
    private static int closing(CharSequence java, int from) {
        int open = 1;
        boolean quoted = false;
        for (int at = from; at < java.length(); at++) {
            char sign = java.charAt(at);
            if (quoted && sign == '\\') {
                at++;
            } else if (sign == '"') {
                quoted = !quoted;
            } else if (!quoted && sign == '\'') {
                at += java.charAt(at + 1) == '\\' ? 3 : 2;
            } else if (!quoted && sign == '(') {
                open++;
            } else if (!quoted && sign == ')' && --open == 0) {
                return at + 1;
            }
        }
        throw new IllegalStateException("A call of the sheet has no end.");
    }
}
