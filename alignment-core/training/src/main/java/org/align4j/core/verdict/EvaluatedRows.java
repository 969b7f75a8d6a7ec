package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;

/**
 * The figures of each held-out row under a model, in the rows' order: what a verdict compares before and after training. Kept in
 * {@code evaluation.json}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = EvaluatedPairs.class, name = "pairs"),
    @JsonSubTypes.Type(value = EvaluatedAnswers.class, name = "answers"),
    @JsonSubTypes.Type(value = EvaluatedRows.EvaluatedTexts.class, name = "texts"),
    @JsonSubTypes.Type(value = EvaluatedComparisons.class, name = "comparisons"),
    @JsonSubTypes.Type(value = EvaluatedDistances.class, name = "distances"),
    @JsonSubTypes.Type(value = EvaluatedRows.EvaluatedSteps.class, name = "steps"),
    @JsonSubTypes.Type(value = EvaluatedRows.EvaluatedRollouts.class, name = "rollouts")
})
public sealed interface EvaluatedRows
        permits EvaluatedPairs,
                EvaluatedAnswers,
                EvaluatedRows.EvaluatedTexts,
                EvaluatedComparisons,
                EvaluatedDistances,
                EvaluatedRows.EvaluatedSteps,
                EvaluatedRows.EvaluatedRollouts {
    /** Counts the evaluated rows. */
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

    /**
     * Returns what runs on the same rows are compared by, the most informative first.
     *
     * @param before under the model before training, the same rows in the same order
     */
    List<RowMeasure> measures(EvaluatedRows before);

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
            throw new IllegalArgumentException("Each row has one figure of each kind, but there are this many of each: "
                    + Arrays.toString(counts) + ".");
        }
    }

    /** Returns whether every value is a finite number. */
    static boolean finite(double[] values) {
        return Arrays.stream(values).allMatch(Double::isFinite);
    }

    /**
     * What a policy answered to held-out prompts, as its reward scores it.
     *
     * @param scores {@code [B]} one answer to each prompt
     */
    @SuppressWarnings("ArrayRecordComponent")
    record EvaluatedRollouts(double[] scores) implements EvaluatedRows {
        public EvaluatedRollouts {
            Objects.requireNonNull(scores, "scores");
        }

        @Override
        public int size() {
            return scores.length;
        }

        @Override
        public List<RowMeasure> measures(EvaluatedRows before) {
            return List.of(new RowMeasure("score", "score of an answer", "of the reward", true, scores));
        }

        @Override
        public EvaluatedRollouts select(int[] places) {
            return new EvaluatedRollouts(EvaluatedRows.pick(scores, places));
        }

        @Override
        public Judgement against(EvaluatedRows before, int[] prompts) {
            EvaluatedRollouts start = (EvaluatedRollouts) before;
            String answers = "answers to " + EvaluatedRows.heldOut(size(), "prompt", "prompts");
            if (!EvaluatedRows.finite(scores)) {
                return Judgement.of(Verdict.BROKEN, "the scores of " + answers + " are no numbers any more.");
            }
            Change score = Change.of("score", start.scores, scores, prompts);
            String moved = format(
                    "the mean score of %s %s from %.4g to %.4g (%s)",
                    answers, score.by() < 0 ? "fell" : "rose", score.before(), score.after(), score.plain());
            double bar = Thresholds.DEVIATIONS * Thresholds.deviation(start.scores);
            return compared(answers, moved, score, bar).on(score);
        }

        private static Judgement compared(String answers, String moved, Change score, double bar) {
            String opinion = "It is the reward's opinion; read some answers before you believe it.";
            if (score.by() == 0) {
                return Judgement.of(
                        Verdict.UNCHANGED, format("the mean score of %s stayed at %.4g.", answers, score.after()));
            }
            if (score.within(bar)) {
                return Judgement.of(Verdict.UNCHANGED, moved + ", less than a tenth of the scores' deviation.");
            }
            if (score.rose()) {
                return Judgement.of(Verdict.BETTER, moved + ".", opinion);
            }
            return score.fell()
                    ? Judgement.of(Verdict.WORSE, moved + ".", opinion)
                    : Judgement.of(Verdict.UNCLEAR, moved + "; more prompts or more steps may show it.");
        }
    }

    /**
     * Held-out texts under a language model.
     *
     * @param logProbs {@code [B]} summed log-probabilities of the trained tokens, nats
     * @param tokens {@code [B]} how many tokens these are
     */
    @SuppressWarnings("ArrayRecordComponent")
    record EvaluatedTexts(double[] logProbs, int[] tokens) implements EvaluatedRows {
        public EvaluatedTexts {
            EvaluatedRows.requireAlike(logProbs.length, tokens.length);
        }

        @Override
        public int size() {
            return logProbs.length;
        }

        @Override
        public List<RowMeasure> measures(EvaluatedRows before) {
            return List.of(new RowMeasure("loss", "loss of a token", "nats per token", false, losses()));
        }

        @Override
        public EvaluatedTexts select(int[] places) {
            return new EvaluatedTexts(pick(logProbs, places), pick(tokens, places));
        }

        @Override
        public Judgement against(EvaluatedRows before, int[] prompts) {
            EvaluatedTexts start = (EvaluatedTexts) before;
            String rows = EvaluatedRows.heldOut(size(), "row", "rows");
            if (!EvaluatedRows.finite(logProbs)) {
                return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + rows + " are no numbers any more.");
            }
            Change loss = Change.of("loss", start.losses(), losses(), prompts);
            String way = loss.by() > 0 ? "rose" : "fell";
            String moved = format(
                    "the loss on %s %s from %.3f to %.3f nats per token (%s), perplexity from %.4g to %.4g",
                    rows,
                    way,
                    loss.before(),
                    loss.after(),
                    loss.plain(),
                    Math.exp(loss.before()),
                    Math.exp(loss.after()));
            return compared(loss, moved).on(loss);
        }

        private static Judgement compared(Change loss, String moved) {
            if (loss.by() > Thresholds.BROKEN_NATS) {
                return Judgement.of(Verdict.BROKEN, moved + ".");
            }
            if (loss.fell() && loss.by() < -Thresholds.LOSS_NATS) {
                return Judgement.of(Verdict.BETTER, moved + ".");
            }
            if (loss.rose() && loss.by() > Thresholds.LOSS_NATS) {
                return Judgement.of(Verdict.WORSE, moved + ".");
            }
            return loss.within(Thresholds.LOSS_NATS)
                    ? Judgement.of(Verdict.UNCHANGED, moved + "; that is less than 1 % of the perplexity.")
                    : Judgement.of(Verdict.UNCLEAR, moved + "; more rows or more steps may show it.");
        }

        /** Weighted so that their mean is the loss of a token. */
        private double[] losses() {
            double scale = -(double) size() / Arrays.stream(tokens).sum();
            return Arrays.stream(logProbs).map(logProb -> scale * logProb).toArray();
        }
    }

    /**
     * Held-out answers whose steps a process reward model scores.
     *
     * @param agreeing {@code [B]} steps of each answer that are classified as the data say
     * @param right {@code [B]} steps that the data call right
     * @param steps {@code [B]} all of its steps
     */
    @SuppressWarnings("ArrayRecordComponent")
    record EvaluatedSteps(int[] agreeing, int[] right, int[] steps) implements EvaluatedRows {
        public EvaluatedSteps {
            EvaluatedRows.requireAlike(agreeing.length, right.length, steps.length);
        }

        @Override
        public int size() {
            return steps.length;
        }

        @Override
        public List<RowMeasure> measures(EvaluatedRows before) {
            return List.of(RowMeasure.share(
                    "step_accuracy", "steps that are classified as the data say", shares(i -> agreeing[i])));
        }

        @Override
        public EvaluatedSteps select(int[] places) {
            return new EvaluatedSteps(pick(agreeing, places), pick(right, places), pick(steps, places));
        }

        @Override
        public Judgement against(EvaluatedRows before, int[] prompts) {
            EvaluatedSteps start = (EvaluatedSteps) before;
            int all = Arrays.stream(steps).sum();
            boolean mostlyRight = 2 * Arrays.stream(right).sum() >= all;
            double[] now = shares(i -> agreeing[i]);
            Change accuracy = Change.ofShares("step_accuracy", start.shares(i -> start.agreeing[i]), now, prompts);
            Change overUsual = Change.ofShares(
                    "step_accuracy_over_constant",
                    shares(i -> mostlyRight ? right[i] : steps[i] - right[i]),
                    now,
                    prompts);
            String moved = format(
                    "%.1f %% of %s are classified correctly, %.1f %% before training (%s)",
                    100 * accuracy.after(),
                    EvaluatedRows.heldOut(all, "step", "steps"),
                    100 * accuracy.before(),
                    accuracy.points());
            String usual = format(
                    "Calling every step %s would be right in %.1f %% (%s).",
                    mostlyRight ? "right" : "wrong", 100 * overUsual.before(), overUsual.points());
            return compared(moved, usual, accuracy, overUsual).on(accuracy, overUsual);
        }

        private static Judgement compared(String moved, String usual, Change accuracy, Change overUsual) {
            if (accuracy.fell()) {
                return Judgement.of(Verdict.WORSE, moved + ".", usual);
            }
            if (accuracy.rose() && overUsual.rose()) {
                return Judgement.of(Verdict.BETTER, moved + ".", usual);
            }
            return !accuracy.rose() && accuracy.within(Thresholds.SHARE)
                    ? Judgement.of(Verdict.UNCHANGED, moved + ".", usual)
                    : Judgement.of(Verdict.UNCLEAR, moved + ", no clear gain over giving all the same label.", usual);
        }

        /** Weighted so that their mean is the share of all steps. */
        private double[] shares(IntToDoubleFunction count) {
            double scale = (double) size() / Arrays.stream(steps).sum();
            double[] shares = new double[size()];
            Arrays.setAll(shares, i -> scale * count.applyAsDouble(i));
            return shares;
        }
    }
}
