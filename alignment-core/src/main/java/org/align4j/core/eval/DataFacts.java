package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.data.RowRelations;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run's data and settings before its first step.
 *
 * @param rowsRead rows (pairs, for a paired method) read for training
 * @param rowsUsed rows that are trained on
 * @param plannedSteps times that the whole run moves the weights
 * @param longerChosenFraction share of the pairs of unequal length whose chosen answer has more tokens, null where rows
 *     are no pairs
 * @param pairsOfUnequalLength how many pairs that share is of
 * @param learningRate the peak
 * @param usual what is usual for this command, method and model
 * @param maxGradNorm the clipping bound, null for none
 * @param relations what the rows have to do with each other
 * @param method what the method knows of its runs
 */
public record DataFacts(
        long rowsRead,
        long rowsUsed,
        long plannedSteps,
        @Nullable Double longerChosenFraction,
        int pairsOfUnequalLength,
        double learningRate,
        UsualRate usual,
        @Nullable Double maxGradNorm,
        RowRelations relations,
        MethodWarnings method) {
    private static final int FEW = 50;
    private static final double DROPPED_FRACTION = 0.1;
    private static final double LENGTH_BIAS = 0.6;

    /** Counts, over pairs, how often the chosen answer is the longer one. */
    public record Lengths(int longerChosen, int unequal) {
        /**
         * From the token counts of each pair's sides.
         *
         * @param chosen tokens of the chosen answers
         * @param rejected tokens of the rejected ones
         */
        public static Lengths of(int[] chosen, int[] rejected) {
            if (chosen.length != rejected.length) {
                throw new IllegalArgumentException(
                        chosen.length + " chosen lengths but " + rejected.length + " rejected ones; pairs need both.");
            }
            int longer = 0;
            int unequal = 0;
            for (int i = 0; i < chosen.length; i++) {
                longer += chosen[i] > rejected[i] ? 1 : 0;
                unequal += chosen[i] != rejected[i] ? 1 : 0;
            }
            return new Lengths(longer, unequal);
        }

        /** The share, null when no pair's answers differ in length. */
        public @Nullable Double longerChosenFraction() {
            return unequal == 0 ? null : (double) longerChosen / unequal;
        }
    }

    List<Warning> warnings() {
        List<Warning> found = new ArrayList<>();
        if (rowsUsed() < FEW) {
            found.add(method().fewRows(rowsUsed()));
        }
        if (plannedSteps() < FEW) {
            found.add(method().fewUpdates(plannedSteps()));
        }
        long dropped = rowsRead() - rowsUsed();
        if (dropped > DROPPED_FRACTION * rowsRead()) {
            found.add(new Warning(
                    "rows-dropped",
                    format(
                            "%,d of %,d rows (%.0f %%) were dropped.",
                            dropped, rowsRead(), 100.0 * dropped / rowsRead()),
                    "See the reasons in the report; raise max-length or clean the file."));
        }
        rowRelations(found);
        lengthBias().ifPresent(found::add);
        found.addAll(method().ofSettings());
        RateWarning.of(learningRate(), usual(), plannedSteps()).ifPresent(found::add);
        return List.copyOf(found);
    }

    private void rowRelations(List<Warning> found) {
        if (relations().trained().length > 0) {
            found.add(
                    new Warning(
                            "overlap",
                            relations().sentences().get(0),
                            "Such rows say nothing of new prompts, so that the verdict goes by the others; hold out rows of other prompts."));
        }
        if (relations().manyContradictions()) {
            found.add(new Warning(
                    "contradictions",
                    format(
                            "%,d of %,d training rows (%.1f %%) contradict each other: the same answers to a prompt, judged the"
                                    + " other way round.",
                            relations().contradictoryTraining(),
                            relations().training(),
                            100.0
                                    * relations().contradictoryTraining()
                                    / relations().training()),
                    "Nothing can be learned from them; keep one of each or drop both."));
        }
    }

    private Optional<Warning> lengthBias() {
        Double longer = longerChosenFraction();
        if (longer == null || pairsOfUnequalLength() < 20) {
            return Optional.empty();
        }
        boolean towardsLong = longer >= 0.5;
        double share = towardsLong ? longer : 1 - longer;
        Interval interval = Proportion.ofRate(share, pairsOfUnequalLength()).wilson(0.95);
        if (share <= LENGTH_BIAS || interval.low() <= 0.5) {
            return Optional.empty();
        }
        String side = towardsLong ? "longer" : "shorter";
        return Optional.of(
                new Warning(
                        "length-bias",
                        format(
                                "In %.0f %% of %,d pairs the chosen answer is the %s one.",
                                100 * share, pairsOfUnequalLength(), side),
                        "The model may learn length instead of quality; balance the lengths (dpo: or try simpo, ld-alpha or rdpo)."));
    }
}
