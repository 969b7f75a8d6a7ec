package org.align4j.core.hub;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * A model card that a push wrote. Its last line, which is seen in the source alone, has the hash of the rest: a card that somebody wrote or changed on the
 * hub is told apart from one that may be replaced.
 */
public final class PushedCard {
    /** The file that a card is. */
    public static final String FILE = "README.md";

    private static final String MARK = "\n<!-- written by align push, which replaces it as long as nobody changes it: ";

    private PushedCard() {}

    /** Returns a card with its last line. */
    public static String marked(String card) {
        return card + MARK + hash(card) + " -->\n";
    }

    /** Returns whether a card is as a push wrote it. */
    public static boolean isUnchanged(String card) {
        int last = card.lastIndexOf(MARK);
        return last >= 0 && marked(card.substring(0, last)).equals(card);
    }

    private static String hash(String card) {
        return Hashing.sha256().hashString(card, StandardCharsets.UTF_8).toString();
    }
}
