package org.align4j.core.data;

/** The numbers that a text writes as digits: two prompts with different ones ask different questions, however alike their words are. */
public final class WrittenNumbers {
    /** From how many digits on a number is the name of something: of an order, a telephone. */
    private static final int NAME_DIGITS = 6;

    private WrittenNumbers() {}

    /**
     * Hashes the numbers of a text, in their order: "20 plus 76" has others than "20 plus 70". A run of six digits or more is taken for a
     * name, as of an order or a telephone, and doesn't count.
     *
     * @return 0 where the text has no number
     */
    public static int hash(String text) {
        int numbers = 0;
        int number = 1;
        int digits = 0;
        for (int i = 0; i <= text.length(); i++) {
            int digit = i < text.length() ? Character.digit(text.charAt(i), 10) : -1;
            if (digit >= 0) {
                number = number * 31 + digit;
                digits++;
            } else if (digits > 0) {
                numbers = digits < NAME_DIGITS ? (numbers ^ number) * 0x9E3779B1 : numbers;
                number = 1;
                digits = 0;
            }
        }
        return numbers;
    }
}
