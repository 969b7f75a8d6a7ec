package org.align4j.core.error;

/** What users gave, short enough to be quoted in a message. */
public final class Shortened {
    /** Characters that are quoted at most, the mark of what is left out included. */
    public static final int LONGEST = 80;

    private static final String MARK = "…";
    private static final int LONGEST_PATH = 300;

    private Shortened() {}

    /** A path or pattern of files, of which both ends tell something; of a very long one both, and a mark between them. */
    public static String path(Object path) {
        String text = String.valueOf(path);
        int end = LONGEST_PATH / 2;
        return text.length() <= LONGEST_PATH
                ? text
                : text.substring(0, end) + MARK + text.substring(text.length() - end + MARK.length());
    }

    /** A value's text; of a longer one its start, and a mark that more follows. */
    public static String of(Object value) {
        String text = String.valueOf(value);
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = LONGEST - MARK.length();
        boolean splits = Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, splits ? end - 1 : end) + MARK;
    }
}
