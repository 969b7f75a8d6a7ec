package org.align4j.core.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A verdict in words: the same on the console, in the report and in {@code result.json}.
 *
 * @param verdict the word
 * @param headline one sentence; of a run it begins with the word
 * @param reasons sentences on what it rests on, and what it doesn't tell
 * @param evidence the figures that were compared, the deciding ones first; none where nothing was
 */
public record Judgement(Verdict verdict, String headline, List<String> reasons, List<Measured> evidence) {
    public Judgement {
        reasons = List.copyOf(reasons);
        evidence = List.copyOf(evidence);
    }

    /** A verdict without figures of its own. */
    public Judgement(Verdict verdict, String headline, List<String> reasons) {
        this(verdict, headline, reasons, List.of());
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
        return new Judgement(other, other.title() + ": " + finding, more, evidence);
    }

    /** Returns this judgement with a clause at the headline's end that weakens it. */
    public Judgement noting(String clause) {
        String open = headline.endsWith(".") ? headline.substring(0, headline.length() - 1) : headline;
        return new Judgement(verdict, open + "; " + clause + ".", reasons, evidence);
    }

    /** Returns this judgement with more reasons after its own. */
    public Judgement with(List<String> more) {
        List<String> all = new ArrayList<>(reasons);
        all.addAll(more);
        return new Judgement(verdict, headline, all, evidence);
    }

    /** Returns this judgement with the figures that it rests on. */
    Judgement on(List<Measured> figures) {
        return new Judgement(verdict, headline, reasons, figures);
    }

    /** Returns this judgement with the figure that it rests on. */
    Judgement on(Change... figures) {
        return on(Arrays.stream(figures).map(Change::measured).toList());
    }

    /** Headline and reasons as one paragraph. */
    public String text() {
        return reasons.isEmpty() ? headline : headline + " " + String.join(" ", reasons);
    }
}
