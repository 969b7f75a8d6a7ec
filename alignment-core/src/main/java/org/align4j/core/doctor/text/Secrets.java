package org.align4j.core.doctor.text;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds personal data and secrets in text. What has a check digit must pass it (Luhn for cards, modulo 97 for IBANs); a phone
 * number needs a plus sign or the punctuation of one, so that dates, years and prices are none.
 */
public final class Secrets {
    private static final Pattern EMAIL = Pattern.compile(
            "[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\\.){1,8}[A-Za-z]{2,24}\\b");
    private static final Pattern CARD = Pattern.compile("(?<![\\d.+-])[2-6](?:[ -]?\\d){12,18}(?![\\d-])");
    private static final Pattern IBAN =
            Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b");
    private static final Pattern PHONE = Pattern.compile("(?<![\\w.+-])(?<!\\d )(?:"
            + "\\+\\d{1,3}[ .-]?(?:\\(\\d{1,4}\\)[ .-]?)?\\d{1,4}(?:[ .-]?\\d{2,4}){1,4}" // +49 30 1234567
            + "|(?:1[ .-])?\\(\\d{3}\\) ?\\d{3}[ .-]\\d{4}" // (555) 123-4567
            + "|(?:1[ .-])?\\d{3}([-. ])\\d{3}\\1\\d{4}" // 555-123-4567
            + "|0\\d{2,4}[ /-]\\d{3,4}[ -]?\\d{3,5}" // 030 1234567
            + ")(?![\\w-]|\\.\\d)");
    private static final Pattern KEY = Pattern.compile("\\b(?:"
            + "sk-(?:[a-z]+-)?[A-Za-z0-9_-]{20,}" // OpenAI, Anthropic
            + "|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}" // Stripe
            + "|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}" // AWS
            + "|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}" // GitHub
            + "|glpat-[A-Za-z0-9_-]{20,}" // GitLab
            + "|hf_[A-Za-z0-9]{30,}" // Hugging Face
            + "|AIza[0-9A-Za-z_-]{35}" // Google
            + "|xox[abprs]-[A-Za-z0-9-]{10,}" // Slack
            + "|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}" // registries
            + "|eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}" // JSON web tokens
            + ")|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----");
    private static final int SHORTEST_KEY = 15;
    private static final int FEWEST_PHONE_DIGITS = 8;
    private static final int MOST_PHONE_DIGITS = 15;

    private Secrets() {}

    /** What kind of data it is. */
    public enum Kind {
        EMAIL,
        CARD,
        IBAN,
        PHONE,
        KEY;

        /** The name as notes have it. */
        public String label() {
            return this == EMAIL ? "e-mail" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A stretch of text.
     *
     * @param start its first char
     * @param end one past its last
     */
    public record Secret(Kind kind, int start, int end) {}

    /** Finds them in the order of the text; none overlaps another. */
    public static List<Secret> find(String text) {
        boolean digits = digits(text) >= FEWEST_PHONE_DIGITS;
        List<Secret> found = new ArrayList<>();
        if (text.indexOf('@') >= 0) {
            add(Kind.EMAIL, EMAIL, text, found);
        }
        if (hasLongWord(text)) {
            add(Kind.KEY, KEY, text, found);
        }
        if (digits) {
            add(Kind.IBAN, IBAN, text, found);
            add(Kind.CARD, CARD, text, found);
            add(Kind.PHONE, PHONE, text, found);
        }
        found.sort(Comparator.comparingInt(Secret::start));
        return found;
    }

    /** Whether there is a word as long as keys are, or the line that begins one; most texts have none, which is quickly seen. */
    private static boolean hasLongWord(String text) {
        int length = 0;
        char[] chars = text.toCharArray();
        for (char c : chars) {
            boolean inKey = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '_';
            length = inKey ? length + 1 : 0;
            if (length == SHORTEST_KEY) {
                return true;
            }
        }
        return text.contains("-----BEGIN");
    }

    /** The text with each of them replaced by its kind: {@code [e-mail]}. */
    public static String mask(String text) {
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (Secret secret : find(text)) {
            out.append(text, from, secret.start)
                    .append('[')
                    .append(secret.kind.label())
                    .append(']');
            from = secret.end;
        }
        return out.append(text, from, text.length()).toString();
    }

    private static int digits(String text) {
        int count = 0;
        char[] chars = text.toCharArray();
        for (char c : chars) {
            count += isDigit(c) ? 1 : 0;
        }
        return count;
    }

    private static void add(Kind kind, Pattern pattern, String text, List<Secret> found) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            int start = matcher.start();
            int end = matcher.end();
            if (passes(kind, matcher.group()) && found.stream().noneMatch(f -> f.start < end && start < f.end)) {
                found.add(new Secret(kind, start, end));
            }
        }
    }

    private static boolean passes(Kind kind, String found) {
        return switch (kind) {
            case EMAIL, KEY -> true;
            case CARD -> luhn(found);
            case IBAN -> iban(found);
            case PHONE -> {
                int digits = digits(found);
                yield digits >= FEWEST_PHONE_DIGITS && digits <= MOST_PHONE_DIGITS;
            }
        };
    }

    /** Luhn's check digit, ISO/IEC 7812; a row of equal digits is no number. */
    private static boolean luhn(String text) {
        int sum = 0;
        int place = 0;
        boolean varied = false;
        char last = 0;
        for (int i = text.length() - 1; i >= 0; i--) {
            char c = text.charAt(i);
            if (isDigit(c)) {
                int value = (c - '0') * (place++ % 2 == 0 ? 1 : 2);
                sum += value > 9 ? value - 9 : value;
                varied |= last != 0 && last != c;
                last = c;
            }
        }
        return sum % 10 == 0 && varied;
    }

    /** The check digits of ISO 13616: country and check digits go to the end, letters become numbers, modulo 97 is 1. */
    private static boolean iban(String text) {
        String plain = text.replace(" ", "");
        if (plain.length() < 15 || plain.length() > 34) {
            return false;
        }
        StringBuilder digits = new StringBuilder();
        char[] turned = (plain.substring(4) + plain.substring(0, 4)).toCharArray();
        for (char c : turned) {
            digits.append(isDigit(c) ? c - '0' : c - 'A' + 10);
        }
        return new BigInteger(digits.toString()).mod(BigInteger.valueOf(97)).intValue() == 1;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
