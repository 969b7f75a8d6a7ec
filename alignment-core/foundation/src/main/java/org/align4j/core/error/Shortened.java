package org.align4j.core.error;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shortens what users gave, so that a message can quote it. */
public final class Shortened {
    /** Characters that are quoted at most, the mark of what is left out included. */
    public static final int LONGEST = 80;

    private static final String MARK = "…";
    private static final int LONGEST_PATH = 300;
    private static final int LISTED = 20;
    private static final int IDS = 12;

    private Shortened() {}

    /** Names with commas between them, each shortened; of very many the first, and how many more. */
    public static String list(Collection<?> names) {
        String first = names.stream().limit(LISTED).map(Shortened::of).collect(Collectors.joining(", "));
        return names.size() > LISTED ? first + " and " + (names.size() - LISTED) + " more" : first;
    }

    /** Writes token ids: all of a few, of many the first and how many there are. */
    public static String ids(int[] ids) {
        if (ids.length <= IDS) {
            return Arrays.toString(ids);
        }
        String first = Arrays.toString(Arrays.copyOf(ids, IDS - 1));
        return first.substring(0, first.length() - 1) + ", " + MARK + " " + ids.length + " in all]";
    }

    /**
     * Returns a path or pattern of files, of which both ends tell something; of a very long one both, and a mark between
     * them.
     */
    public static String path(Object path) {
        String text = AddressSecrets.removed(String.valueOf(path));
        int end = LONGEST_PATH / 2;
        return text.length() <= LONGEST_PATH
                ? text
                : text.substring(0, end) + MARK + text.substring(text.length() - end + MARK.length());
    }

    /** Returns a value's text; of a longer one its start, and a mark that more follows. */
    public static String of(@Nullable Object value) {
        String text = AddressSecrets.removed(String.valueOf(value)); // before what marks a secret is cut off
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = LONGEST - MARK.length();
        boolean splits = Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, splits ? end - 1 : end) + MARK;
    }
}
