package org.align4j.examples.demo;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The judge: decides from its words alone whether an answer is courteous or curt, whatever its length. */
public final class Courtesy {
    private final Pattern courteous;
    private final Pattern curt;

    /** A judge that goes by the marks of the phrase files. */
    public Courtesy() {
        Phrasebook book = Phrasebook.millbrook();
        courteous = anyOf(Manner.COURTEOUS.marks(book));
        curt = anyOf(Manner.CURT.marks(book));
    }

    /** Whether the answer has more courteous marks than curt ones. */
    public boolean isCourteous(String answer) {
        return count(courteous, answer) > count(curt, answer);
    }

    /** The manner of the answer; none if it has as many marks of the one as of the other. */
    public Optional<Manner> manner(String answer) {
        int difference = Integer.compare(count(courteous, answer), count(curt, answer));
        return difference == 0 ? Optional.empty() : Optional.of(difference > 0 ? Manner.COURTEOUS : Manner.CURT);
    }

    private static int count(Pattern marks, String text) {
        Matcher found = marks.matcher(text);
        int count = 0;
        while (found.find()) {
            count++;
        }
        return count;
    }

    private static Pattern anyOf(List<String> marks) {
        String words = marks.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return Pattern.compile("(?<![\\p{L}])(?:" + words + ")(?![\\p{L}])", Pattern.CASE_INSENSITIVE);
    }
}
