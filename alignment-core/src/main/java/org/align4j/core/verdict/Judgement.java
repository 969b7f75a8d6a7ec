package org.align4j.core.verdict;

import java.util.ArrayList;
import java.util.List;

/**
 * A verdict in words: the same on the console, in the report and in {@code result.json}.
 *
 * @param verdict the word
 * @param headline one sentence; of a run it begins with the word
 * @param reasons sentences on what it rests on, and what it doesn't tell
 */
public record Judgement(Verdict verdict, String headline, List<String> reasons) {
    public Judgement {
        reasons = List.copyOf(reasons);
    }

    /**
     * A verdict and the sentence that explains it.
     *
     * @param finding goes on after {@code Better:}
     */
    public static Judgement of(Verdict verdict, String finding, String... reasons) {
        return new Judgement(verdict, verdict.title() + ": " + finding, List.of(reasons));
    }

    /** Returns another verdict for a reason that weighs more; what was found before becomes the first of its reasons. */
    public Judgement outweighedBy(Verdict other, String finding) {
        String found = headline.substring(headline.indexOf(": ") + 2);
        List<String> more = new ArrayList<>();
        more.add(Character.toUpperCase(found.charAt(0)) + found.substring(1));
        more.addAll(reasons);
        return new Judgement(other, other.title() + ": " + finding, more);
    }

    /** Returns this judgement with a clause at the headline's end that weakens it. */
    public Judgement noting(String clause) {
        String open = headline.endsWith(".") ? headline.substring(0, headline.length() - 1) : headline;
        return new Judgement(verdict, open + "; " + clause + ".", reasons);
    }

    /** Returns this judgement with more reasons after its own. */
    public Judgement with(List<String> more) {
        List<String> all = new ArrayList<>(reasons);
        all.addAll(more);
        return new Judgement(verdict, headline, all);
    }

    /** Headline and reasons as one paragraph. */
    public String text() {
        return reasons.isEmpty() ? headline : headline + " " + String.join(" ", reasons);
    }
}
