package org.align4j.core.figure;

import com.google.errorprone.annotations.Immutable;

/**
 * A figure that a training method writes into {@code metrics.jsonl}.
 *
 * @param name as it stands there for a step, {@code rewards/margins}; for an evaluation {@link #evaluationName}
 * @param meaning what it measures
 * @param better which of two values is the better one
 * @param caption what the report's table calls it; empty where it stands in none
 * @param evaluated whether evaluation rows give it, too
 * @param tiedAtStart whether it is 0 as long as the model is what it began as, which then says nothing of the model
 */
@Immutable
public record Figure(
        String name, Meaning meaning, Better better, String caption, boolean evaluated, boolean tiedAtStart) {
    /** What the names of evaluations begin with. */
    public static final String EVALUATION = "eval_";

    /** Which of two values of a figure is the better one. */
    public enum Better {
        HIGHER,
        LOWER,
        /** Neither; where one has to be chosen, it is the higher one. */
        NEITHER
    }

    /** A figure of steps and evaluation rows, neither of whose values is better, and that stands in no table. */
    public static Figure of(String name, Meaning meaning) {
        return new Figure(name, meaning, Better.NEITHER, "", true, false);
    }

    /** Returns this figure, of which the higher value is the better one. */
    public Figure higherIsBetter() {
        return new Figure(name, meaning, Better.HIGHER, caption, evaluated, tiedAtStart);
    }

    /** Returns this figure, of which the lower value is the better one. */
    public Figure lowerIsBetter() {
        return new Figure(name, meaning, Better.LOWER, caption, evaluated, tiedAtStart);
    }

    /** Returns this figure as one that stands in the report's table under a caption. */
    public Figure captioned(String words) {
        return new Figure(name, meaning, better, words, evaluated, tiedAtStart);
    }

    /** Returns this figure as one that evaluation rows don't give. */
    public Figure notOfRows() {
        return new Figure(name, meaning, better, caption, false, tiedAtStart);
    }

    /** Returns this figure as one that compares with the start, and is 0 there. */
    public Figure comparedWithStart() {
        return new Figure(name, meaning, better, caption, evaluated, true);
    }

    /** Returns the name that the figure has in an evaluation. */
    public String evaluationName() {
        return EVALUATION + name;
    }
}
