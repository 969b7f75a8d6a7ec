package org.align4j.reward.report;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.Proportion;
import org.align4j.core.page.Wording;
import org.align4j.core.report.ShownPrompt;
import org.align4j.reward.report.ScoreJudgement.JudgedPairs.JudgedPair;
import org.jspecify.annotations.Nullable;

/**
 * A reward model's ranking of its held-out pairs beside that of two baselines: the length alone, and a linear Bradley-Terry model
 * on hashed n-grams of tokens.
 *
 * @param scores at least one pair
 */
public record ScoreJudgement(JudgedPairs scores) {
    List<JudgedPair> pairs() {
        return scores.pairs();
    }

    Proportion accuracy() {
        return right(JudgedPair::margin);
    }

    Proportion length() {
        return right(this::byLength);
    }

    Proportion linear() {
        return right(JudgedPair::baseline);
    }

    /** Pairs on which model and length prefer the same response, among those of unequal length; no trial where there is none. */
    int[] agreement() {
        int agree = 0;
        int unequal = 0;
        for (JudgedPair pair : pairs()) {
            if (pair.lengthDifference() != 0) {
                unequal++;
                agree += (pair.margin() > 0) == (byLength(pair) > 0) && pair.margin() != 0 ? 1 : 0;
            }
        }
        return new int[] {agree, unequal};
    }

    private double byLength(JudgedPair pair) {
        return scores.longerIsBetter() ? pair.lengthDifference() : -pair.lengthDifference();
    }

    private Proportion right(ToDoubleFunction<JudgedPair> margin) {
        int right = (int)
                pairs().stream().filter(pair -> margin.applyAsDouble(pair) > 0).count();
        return new Proportion(right, pairs().size());
    }

    /** Accuracy of the model less that of the length. */
    PairedDifference overLength() {
        return over(this::byLength);
    }

    /** Accuracy of the model less that of the linear model. */
    PairedDifference overLinear() {
        return over(JudgedPair::baseline);
    }

    private PairedDifference over(ToDoubleFunction<JudgedPair> baseline) {
        double[] before = values(baseline);
        double[] after = values(JudgedPair::margin);
        int[] prompts = pairs().stream().mapToInt(JudgedPair::prompt).toArray();
        return PairedDifference.ofShares(before, after, prompts);
    }

    private double[] values(ToDoubleFunction<JudgedPair> margin) {
        return pairs().stream()
                .mapToDouble(pair -> margin.applyAsDouble(pair) > 0 ? 1 : 0)
                .toArray();
    }

    /** Says whether the model is better than the linear one. */
    String verdict() {
        return sentence(overLinear(), "a linear model on n-grams of tokens (" + Wording.percent(linear().rate()) + ")");
    }

    /** Says whether the model is better than the length alone. */
    String lengthVerdict() {
        return sentence(
                overLength(),
                "preferring the " + (scores.longerIsBetter() ? "longer" : "shorter") + " response ("
                        + Wording.percent(length().rate()) + ")");
    }

    /** Says whether a model is better than a baseline. */
    static String sentence(PairedDifference difference, String baseline) {
        String points = "by " + points(difference.mean()) + " (95 % interval "
                + points(difference.interval().low()) + " to "
                + points(difference.interval().high()) + ")";
        if (!difference.clear()) {
            return "It does not clearly beat " + baseline + ": it differs " + points + ".";
        }
        return difference.mean() > 0
                ? "It beats " + baseline + " " + points + "."
                : "It does NOT beat " + baseline + ", it is worse " + points + ".";
    }

    private static String points(double difference) {
        return format("%+.1f points", 100 * difference).replace('-', '\u2212');
    }

    /**
     * {@code scores.json}: what a finished reward run makes of its held-out pairs, ties left out.
     *
     * @param longerIsBetter what the length-only baseline learned from the training pairs
     * @param baselinePairs training pairs that the linear baseline learned from
     * @param ties held-out ties, which are not among the pairs
     * @param pairs in the order of the input
     */
    public record JudgedPairs(boolean longerIsBetter, int baselinePairs, int ties, List<JudgedPair> pairs) {
        /** The name of the file in a run's directory. */
        public static final String FILE_NAME = "scores.json";

        public JudgedPairs {
            pairs = List.copyOf(pairs);
        }

        /**
         * One held-out pair as a reward model and its baselines score it. Part of {@code scores.json}.
         *
         * @param row the row's number in the input, 0-based
         * @param prompt equal for pairs of one prompt
         * @param chosen raw score of the chosen response
         * @param rejected raw score of the other
         * @param chosenTokens tokens of the chosen response
         * @param rejectedTokens tokens of the other
         * @param baseline difference of the linear model's scores
         * @param text the pair as a person reads it, null for most
         */
        public record JudgedPair(
                int row,
                int prompt,
                double chosen,
                double rejected,
                int chosenTokens,
                int rejectedTokens,
                double baseline,
                @Nullable Text text) {

            /** Prompt and responses in words. */
            public record Text(@JsonUnwrapped ShownPrompt asked, String chosen, String rejected) {}

            /** Returns by how much the chosen response scores higher. */
            public double margin() {
                return chosen - rejected;
            }

            /** Returns by how many tokens the chosen response is longer. */
            public int lengthDifference() {
                return chosenTokens - rejectedTokens;
            }
        }
    }
}
