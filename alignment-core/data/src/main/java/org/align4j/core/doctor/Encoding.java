package org.align4j.core.doctor;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Finds texts that aren't the plain text that somebody wrote: UTF-8 that was read as Windows-1252 (an accented letter became two
 * characters), the replacement character of what could not be read, control characters, and halves of characters. It also finds what is
 * left of a web page's HTML: tags, and references of characters such as <code>&amp;amp;</code>. HTML in code, and where a text speaks of HTML, is meant.
 */
final class Encoding implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.02, 0.1);
    /** The count of rows with HTML and nothing else wrong. */
    private static final String HTML = "html";

    private static final String MARKUP = "HTML, which a web page left";
    private static final String ADVICE_ON_HTML =
            "The model learns to write tags and references of characters where people read plain text; turn them into"
                    + " text or Markdown at the source, or leave the rows out with --fix encoding.";
    private static final Pattern TAG =
            Pattern.compile("</?(?i:p|br|div|span|ul|ol|li|b|i|em|strong|u|h[1-6]|table|t[rdh]|thead|tbody"
                    + "|blockquote|pre|code|font|center|img|hr|a)(?:\\s[^<>=]{1,60}=[^<>]{0,2000}|\\s{1,3})?/?>");
    private static final Pattern REFERENCE =
            Pattern.compile("&(?:amp|lt|gt|quot|apos|nbsp|#\\d{2,6}|#[xX][0-9a-fA-F]{2,6});");
    /** What is shown as code: fenced, or between backticks. */
    private static final Pattern CODE = Pattern.compile("```.*?(?:```|\\z)|`[^`\n]*`", Pattern.DOTALL);

    private static final Pattern MEANT = Pattern.compile(
            "(?i)\\b(?:x?html5?|xml|css|javascript|jsx|svg|web ?page|web ?site|tags?|doctype|markup)\\b");
    private static final String ADVICE =
            "The model learns such characters as they are; read the source again as UTF-8, or leave the rows out with"
                    + " --fix encoding.";
    private static final Charset WINDOWS = Charset.forName("windows-1252");
    private static final int REPLACEMENT = 0xFFFD;
    /** What a character of two bytes began with in Latin-1's letters, Greek and Cyrillic. */
    private static final String TWO_BYTES = "\u00C2\u00C3\u00CE\u00CF\u00D0\u00D1";

    private final List<Sighting> found = new ArrayList<>();
    private int rows;
    private int html;

    @Override
    public String id() {
        return "encoding";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.form().written()) {
            return NOTHING;
        }
        String text = row.texts().joined();
        String damage = fault(text);
        String fault = damage == null && hasMarkup(text) ? MARKUP : damage;
        return () -> {
            rows++;
            if (fault != null) {
                html += fault.equals(MARKUP) ? 1 : 0;
                found.add(Sighting.of(row.number(), fault));
            }
        };
    }

    /** Whether a text has HTML that isn't code, and says nothing of HTML. */
    static boolean hasMarkup(String text) {
        if (text.indexOf('<') < 0 && text.indexOf('&') < 0) {
            return false;
        }
        String shown = text.indexOf('`') < 0 ? text : CODE.matcher(text).replaceAll(" ");
        Matcher tag = TAG.matcher(shown);
        boolean found = REFERENCE.matcher(shown).find() || tag.find();
        return found && !MEANT.matcher(TAG.matcher(shown).replaceAll(" ")).find();
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
        return Noted.of(rows, found).plus(HTML, html);
    }

    /** HTML alone is never red: it is read as it was written. */
    @Override
    public Optional<Finding> finding(Noted all) {
        long markup = all.count(HTML);
        if (markup == 0) {
            return all.finding(id(), THRESHOLD, ADVICE);
        }
        return all.finding(id(), THRESHOLD, markup == all.marked(Noted.FOUND) ? ADVICE_ON_HTML : ADVICE)
                .map(finding -> finding.with("html", markup))
                .map(finding -> {
                    double damaged = (double) (finding.count() - markup) / finding.rows();
                    return finding.level() == Level.RED && THRESHOLD.level(damaged) != Level.RED
                            ? finding.at(Level.AMBER, finding.advice())
                            : finding;
                });
    }
}
