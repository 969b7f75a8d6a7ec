package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;

/**
 * The figures of each held-out row under a model, in the rows' order: what a verdict compares before and after training. Kept in
 * {@code evaluation.json}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = EvaluatedPairs.class, name = "pairs"),
    @JsonSubTypes.Type(value = EvaluatedAnswers.class, name = "answers"),
    @JsonSubTypes.Type(value = EvaluatedTexts.class, name = "texts"),
    @JsonSubTypes.Type(value = EvaluatedComparisons.class, name = "comparisons"),
    @JsonSubTypes.Type(value = EvaluatedSteps.class, name = "steps"),
    @JsonSubTypes.Type(value = EvaluatedRollouts.class, name = "rollouts")
})
public sealed interface EvaluatedRows
        permits EvaluatedPairs,
                EvaluatedAnswers,
                EvaluatedTexts,
                EvaluatedComparisons,
                EvaluatedSteps,
                EvaluatedRollouts {
    /** Counts the rows. */
    int size();

    /** Selects the rows at some places. */
    EvaluatedRows select(int[] places);

    /**
     * Returns what the same rows say of a model that was trained.
     *
     * @param before under the model before, the same rows in the same order
     * @param prompts {@code [rows]} equal where prompts are
     */
    Judgement against(EvaluatedRows before, int[] prompts);

    /** Returns what rows are called in a sentence. */
    static String heldOut(int rows, String one, String several) {
        return format("%,d held-out %s", rows, rows == 1 ? one : several);
    }

    /** Returns a clause as a sentence. */
    static String sentence(String clause) {
        return Character.toUpperCase(clause.charAt(0)) + clause.substring(1) + ".";
    }

    /** Returns the values at some places. */
    static double[] pick(double[] values, int[] places) {
        return Arrays.stream(places).mapToDouble(place -> values[place]).toArray();
    }

    /** Returns the counts at some places. */
    static int[] pick(int[] counts, int[] places) {
        return Arrays.stream(places).map(place -> counts[place]).toArray();
    }

    /** Returns the marks at some places. */
    static boolean[] pick(boolean[] marks, int[] places) {
        boolean[] picked = new boolean[places.length];
        for (int i = 0; i < places.length; i++) {
            picked[i] = marks[places[i]];
        }
        return picked;
    }

    /**
     * Requires as many figures of one kind as of another.
     *
     * @throws IllegalArgumentException where a row lacks one
     */
    static void requireAlike(int... counts) {
        if (Arrays.stream(counts).distinct().count() > 1) {
            throw new IllegalArgumentException("Each row has one figure of each kind, but there are so many of each: "
                    + Arrays.toString(counts) + ".");
        }
    }

    /** Tells whether every value is a finite number. */
    static boolean finite(double[] values) {
        return Arrays.stream(values).allMatch(Double::isFinite);
    }
}
