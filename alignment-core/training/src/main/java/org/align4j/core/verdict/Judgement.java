package org.align4j.core.verdict;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

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

    /** Makes a verdict without figures of its own. */
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
    public Judgement overriddenBy(Verdict other, String finding) {
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

    /** Returns this judgement with a reason before its own. */
    public Judgement beginningWith(String reason) {
        List<String> all = new ArrayList<>();
        all.add(reason);
        all.addAll(reasons);
        return new Judgement(verdict, headline, all, evidence);
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

    /** What a run did to its model, against the evaluation before its first step: {@code verdict} in {@code result.json}. */
    public enum Verdict {
        /** Held-out rows are answered or scored better, by more than chance explains. */
        BETTER,
        /** What moved is less than a person would notice. */
        UNCHANGED,
        /** Held-out rows are answered or scored worse, by more than chance explains. */
        WORSE,
        /** The model no longer writes or judges sensibly. */
        BROKEN,
        /** Nothing was held out, or the rows are too few or too contradictory to say, or the run isn't at its end. */
        UNCLEAR;

        /** Returns the verdict as {@code result.json} has it: {@code better}. */
        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the verdict as a headline begins: {@code Better}. */
        String title() {
            return name().charAt(0) + word().substring(1);
        }
    }

    /**
     * A figure that a verdict rests on, before and after training: an entry of {@code evidence} in {@code result.json}.
     *
     * @param figure its name, such as {@code margin}
     * @param before mean over the rows before the first step
     * @param after mean over the same rows after training
     * @param difference after less before
     * @param interval low and high of the difference's 95 % interval; a null bounds nothing, as of rows of one prompt
     * @param n how many rows it is the mean of
     * @param method how the interval was made
     */
    public record Measured(
            String figure,
            double before,
            double after,
            double difference,
            List<@Nullable Double> interval,
            int n,
            String method) {
        /** Copies the interval. */
        public Measured {
            interval = Collections.unmodifiableList(new ArrayList<>(interval));
        }
    }
}
