package org.align4j.core.verdict;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a run did to its model, against the evaluation before its first step: {@code verdict} in {@code result.json}. */
public enum Verdict {
    /** Held-out rows are answered or judged better, by more than chance explains. */
    BETTER,
    /** What moved is less than a person would notice. */
    UNCHANGED,
    /** Held-out rows are answered or judged worse, by more than chance explains. */
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
