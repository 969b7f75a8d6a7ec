package org.align4j.core.doctor;

import java.util.Arrays;

/** What one look at a text shows of the secrets that it may hold, so that most patterns need not be tried on most texts. */
final class SecretSigns {
    private static final int SHORTEST_KEY = 15;
    private static final int FEWEST_COLONS = 3;

    private final String text;
    private int[] numbers = new int[16];
    private int numberCount;
    private int digits;
    private int colons;
    private boolean at;
    private boolean address;
    private boolean bracketedAt;
    private boolean longWord;
    private boolean password;
    private boolean socialSecurity;

    /** Scans a text for characters that secrets contain. */
    SecretSigns(String text) {
        this.text = text;
        int word = 0;
        char before = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isDigit(c)) {
                digit(i, before);
            }
            word = isInKey(c) ? word + 1 : 0;
            longWord |= word == SHORTEST_KEY;
            switch (c) {
                case '@' -> at = true;
                case ':' -> colon(i);
                case ']', ')', '}', '>' -> bracketedAt |= endsInAt(i);
                case 'p', 'P', 'k', 'K' ->
                    password |= begins(i, "passw")
                            || begins(i, "passc")
                            || begins(i, "passp")
                            || begins(i, "pwd")
                            || begins(i, "kennwort");
                case 's', 'S' -> socialSecurity |= begins(i, "ssn") || begins(i, "social security");
                case '-' -> longWord |= before == '-' && begins(i, "-BEGIN");
                default -> {}
            }
            before = c;
        }
    }

    private void digit(int place, char before) {
        digits++;
        if (!isDigit(before)) {
            if (numberCount == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * numberCount);
            }
            numbers[numberCount++] = place;
        }
    }

    private void colon(int place) {
        colons++;
        address |= begins(place, "://");
    }

    private boolean begins(int place, String word) {
        return text.regionMatches(true, place, word, 0, word.length());
    }

    /** Whether a bracket closes behind the word "at". */
    private boolean endsInAt(int bracket) {
        int end = bracket > 0 && text.charAt(bracket - 1) == ' ' ? bracket - 1 : bracket;
        return end >= 2 && begins(end - 2, "at");
    }

    private static boolean isInKey(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Counts the digits of the text. */
    int digits() {
        return digits;
    }

    /** The places where numbers begin, in ascending order. */
    int[] numbers() {
        return Arrays.copyOf(numbers, numberCount);
    }

    /** Whether there may be an e-mail address. */
    boolean mail() {
        return at;
    }

    /** Whether there may be an e-mail address that brackets its at sign. */
    boolean spelledMail() {
        return bracketedAt;
    }

    /** Whether there may be a password, said to be one or within an address. */
    boolean password() {
        return password || (address && at);
    }

    /** Whether there is a word as long as keys are, or the line that begins one. */
    boolean key() {
        return longWord;
    }

    /** Whether there may be an address of IP's sixth version. */
    boolean colons() {
        return colons >= FEWEST_COLONS;
    }

    /** Whether a number is called one of social security. */
    boolean socialSecurity() {
        return socialSecurity;
    }
}
