package org.align4j.examples.lessons;

import com.google.common.base.Splitter;
import java.util.List;
import org.align4j.core.Preference;

/** A manner that the demo's model has never seen, that of a radio: "Roger." before the fact, "Over." after it. */
final class RadioManner {
    private static final Splitter SENTENCES = Splitter.onPattern("(?<=[.!?]) ");

    private RadioManner() {}

    /** Puts the chosen answers into the manner: the fact that both answers of a pair share, between the two words. */
    public static List<Preference> of(List<Preference> pairs) {
        return pairs.stream()
                .map(pair -> new Preference(pair.prompt(), "Roger. " + fact(pair) + " Over.", pair.rejected()))
                .toList();
    }

    private static String fact(Preference pair) {
        List<String> rejected = SENTENCES.splitToList(pair.rejected());
        return SENTENCES
                .splitToStream(pair.chosen())
                .filter(rejected::contains)
                .findFirst()
                .orElse(pair.chosen());
    }

    /** Tells whether an answer is in the manner. */
    public static boolean isRadio(String answer) {
        return answer.strip().startsWith("Roger.") && answer.strip().endsWith("Over.");
    }
}
