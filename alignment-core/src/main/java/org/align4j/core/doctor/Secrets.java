package org.align4j.core.doctor;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Finds personal data and secrets in text. What has a check digit must pass it (Luhn for cards, modulo 97 for IBANs); a phone
 * number needs a plus sign or the punctuation of one, so that dates, years and prices are none. A password must be said to be one, and
 * look like one. Patterns that begin with a number are tried where numbers begin, and nowhere else.
 */
public final class Secrets {
    private static final Pattern EMAIL = Pattern.compile(
            "[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\\.){1,8}[A-Za-z]{2,24}\\b");
    /** jane.doe [at] example [dot] com. */
    private static final Pattern SPELLED_EMAIL = Pattern.compile(
            "[A-Za-z0-9._%+'-]{1,64}\\s?[\\[({<]\\s?[aA][tT]\\s?[\\])}>]\\s?"
                    + "(?:[A-Za-z0-9-]{1,63}(?:\\.|\\s?[\\[({<]\\s?[dD][oO][tT]\\s?[\\])}>]\\s?)){1,8}[A-Za-z]{2,24}\\b");
    /** What an address or a connection says between user and host, and what is called a password; the password is the group. */
    private static final Pattern PASSWORD =
            Pattern.compile("\\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\\s:/@\"'<>]{0,64}:([^\\s/@\"'<>]{1,128})@[\\w.-]"
                    + "|(?i:\\b(?:password|passwort|passcode|passphrase|passwd|pwd|kennwort)\\b[\"']?\\s{0,3}(?:is|was|ist|:=|[:=])\\s{0,3}[\"'`]?"
                    + "([^\\s\"'`<>\\[\\]{}();,]{5,64}))"
                    + "|;\\s?(?i:password|pwd)=([^;\\s\"']{3,64})");

    private static final Pattern SSN =
            Pattern.compile("(?<![\\w.+/-])(?!000|666|9)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}(?![\\w-]|\\.\\d)");
    /** A number without its dashes is one only where it is called so. */
    private static final Pattern NAMED_SSN = Pattern.compile(
            "(?i:\\b(?:ssn|social security (?:number|no\\.?)))\\W{0,3}(?:is |was )?\\W{0,2}((?!000|666|9)\\d{3}[- ]?(?!00)\\d{2}[- ]?(?!0000)\\d{4})(?!\\d)");

    private static final Pattern IPV4 = Pattern.compile("(?<![\\w.+-])(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}"
            + "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?![\\w-]|\\.\\d)");
    private static final Pattern IPV6 = Pattern.compile("(?<![\\w:.])(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
            + "|[0-9A-Fa-f]{3,4}(?::[0-9A-Fa-f]{1,4}){0,5}::[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5})(?![\\w:])");
    /** Addresses of this machine, of private networks and of none, which say nothing of a person. */
    private static final Pattern NOBODYS = Pattern.compile(
            "(?:0|10|127|22[4-9]|2[3-5]\\d)\\..*|192\\.168\\..*|172\\.(?:1[6-9]|2\\d|3[01])\\..*|169\\.254\\..*|(?:\\d\\.){3}\\d");

    private static final Pattern VERSION = Pattern.compile("(?i)(?:version|release|v\\.?|section|firmware)\\s?$");

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
            + "|(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40,}" // Azure
            + "|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}" // registries
            + "|eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}" // JSON web tokens
            + ")|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----");
    private static final int FEWEST_IP_DIGITS = 4;
    private static final int FEWEST_PHONE_DIGITS = 8;
    private static final int MOST_PHONE_DIGITS = 15;

    private static final int LETTERS_OF_IBAN = 2;
    private static final int SHORTLY_BEFORE = 12;
    /** A letter next to a digit or a sign that words don't have. */
    private static final Pattern NO_WORD = Pattern.compile("^(?=.*\\p{L})(?=.*[\\d!#$%^&*?+~@]).{6,}$");

    private Secrets() {}

    /** The kinds of personal data and secrets. */
    public enum Kind {
        EMAIL,
        CARD,
        IBAN,
        PHONE,
        SSN,
        IP,
        PASSWORD,
        KEY;

        /** Returns the name in notes. */
        public String label() {
            return this == EMAIL ? "e-mail" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Marks where a secret is in a text.
     *
     * @param start its first char
     * @param end one past its last
     */
    public record Secret(Kind kind, int start, int end) {}

    /** Finds them in the order of the text; none overlaps another. */
    public static List<Secret> find(String text) {
        SecretSigns signs = new SecretSigns(text);
        List<Secret> found = new ArrayList<>();
        if (signs.password()) {
            add(Kind.PASSWORD, PASSWORD, text, found);
        }
        if (signs.mail()) {
            add(Kind.EMAIL, EMAIL, text, found);
        }
        if (signs.spelledMail()) {
            add(Kind.EMAIL, SPELLED_EMAIL, text, found);
        }
        if (signs.key()) {
            add(Kind.KEY, KEY, text, found);
        }
        if (signs.colons()) {
            add(Kind.IP, IPV6, text, found);
        }
        if (signs.digits() >= FEWEST_IP_DIGITS) {
            addNumbers(signs, text, found);
        }
        found.sort(Comparator.comparingInt(Secret::start));
        return found;
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

    private static void addNumbers(SecretSigns signs, String text, List<Secret> found) {
        int[] numbers = signs.numbers();
        addAt(numbers, 0, Kind.IP, IPV4, text, found);
        if (signs.digits() < FEWEST_PHONE_DIGITS) {
            return;
        }
        if (signs.socialSecurity()) {
            add(Kind.SSN, NAMED_SSN, text, found);
        }
        addAt(numbers, 0, Kind.SSN, SSN, text, found);
        addAt(numbers, LETTERS_OF_IBAN, Kind.IBAN, IBAN, text, found);
        addAt(numbers, 0, Kind.CARD, CARD, text, found);
        int[] phones = IntStream.of(numbers)
                .flatMap(number -> number > 0 && "+(".indexOf(text.charAt(number - 1)) >= 0
                        ? IntStream.of(number - 1, number)
                        : IntStream.of(number))
                .toArray();
        addAt(phones, 0, Kind.PHONE, PHONE, text, found);
    }

    private static void add(Kind kind, Pattern pattern, String text, List<Secret> found) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            add(kind, matcher, text, found);
        }
    }

    /** Tries a pattern at so many characters before each of some places. */
    private static void addAt(int[] places, int before, Kind kind, Pattern pattern, String text, List<Secret> found) {
        Matcher matcher = pattern.matcher(text).useTransparentBounds(true).useAnchoringBounds(false);
        int from = 0;
        for (int place : places) {
            if (place - before >= from
                    && matcher.region(place - before, text.length()).lookingAt()) {
                from = matcher.end();
                add(kind, matcher, text, found);
            }
        }
    }

    /** Adds what was matched, or the one group of it that was. */
    private static void add(Kind kind, Matcher matcher, String text, List<Secret> found) {
        int group = kind == Kind.IBAN || kind == Kind.CARD || kind == Kind.PHONE ? 0 : groupOf(matcher);
        int start = matcher.start(group);
        int end = matcher.end(group);
        if (passes(kind, matcher.group(group), text, start)
                && found.stream().noneMatch(f -> f.start < end && start < f.end)) {
            found.add(new Secret(kind, start, end));
        }
    }

    private static int groupOf(Matcher matcher) {
        for (int group = 1; group <= matcher.groupCount(); group++) {
            if (matcher.start(group) >= 0) {
                return group;
            }
        }
        return 0;
    }

    private static boolean passes(Kind kind, String found, String text, int start) {
        return switch (kind) {
            case EMAIL, KEY, SSN -> true;
            case CARD -> luhn(found);
            case IBAN -> iban(found);
            case PHONE -> {
                int digits = digits(found);
                yield digits >= FEWEST_PHONE_DIGITS && digits <= MOST_PHONE_DIGITS;
            }
            case IP ->
                !NOBODYS.matcher(found).matches()
                        && !VERSION.matcher(text.substring(Math.max(0, start - SHORTLY_BEFORE), start))
                                .find();
            case PASSWORD -> isPassword(found, text, start);
        };
    }

    /** Whether what stands where a password would be is one: between user and host anything, else no plain word. */
    private static boolean isPassword(String found, String text, int start) {
        boolean placeholder = found.matches("[*.$%{].*|x{3,}.*|(?i)your.*|(?i).*password");
        int semicolon = text.lastIndexOf(';', start);
        boolean saidSo = text.startsWith("=", start - 1) && semicolon >= 0 && semicolon > start - SHORTLY_BEFORE;
        boolean address = text.startsWith("@", start + found.length());
        return !placeholder && (address || saidSo || NO_WORD.matcher(found).find());
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
