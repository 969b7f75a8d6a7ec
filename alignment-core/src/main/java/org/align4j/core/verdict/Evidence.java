package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.data.RowRelations;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.eval.UsualWarnings.Forgetting;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;
import org.align4j.core.verdict.BrokenSigns.MethodSigns;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The evidence that the verdict on a run rests on.
 *
 * @param method what the method that trained knows of its runs
 * @param relations of its rows; null in runs that didn't look for them
 * @param evaluations of its held-out rows
 * @param history its metrics
 * @param repetition of sampled answers; null where none were sampled after training
 */
public record Evidence(
        MethodSigns method,
        @Nullable RowRelations relations,
        Evaluations evaluations,
        MetricHistory history,
        @Nullable Repetition repetition) {

    /** Evaluates the run as if it ended here. */
    public Judgement judge() {
        Judgement found = heldOut();
        List<String> broken = BrokenSigns.of(method, history, repetition);
        if (!broken.isEmpty() && found.verdict() != Verdict.BROKEN) {
            found = found.overriddenBy(Verdict.BROKEN, String.join("; ", broken) + ".");
        }
        List<String> more = new ArrayList<>(relations == null ? List.of() : relations.sentences());
        guard().ifPresent(more::add);
        return noting(found).with(more);
    }

    private Judgement heldOut() {
        Evaluations.At first = evaluations.first();
        Evaluations.At last = evaluations.last();
        if (last == null && history.names().stream().noneMatch(Evidence::ofHeldOutRows)) {
            return Judgement.of(
                    Verdict.UNCLEAR,
                    "nothing was held out, so whether it is better on new prompts isn't known; use eval-data or eval-fraction.",
                    training());
        }
        if (first == null || last == null) {
            return Judgement.of(
                    Verdict.UNCLEAR,
                    "the evaluation before the first step wasn't kept row by row, so that there is nothing to compare with.",
                    training());
        }
        if (last.step() == 0) {
            return Judgement.of(Verdict.UNCLEAR, "nothing was evaluated after the first step.", training());
        }
        return weighed(first, last);
    }

    private static boolean ofHeldOutRows(String name) {
        return name.startsWith(Figure.EVALUATION)
                && !name.equals(LoopFigures.GUARD_PERPLEXITY.evaluationName())
                && !GuardTaskFigures.isOne(name);
    }

    private Judgement weighed(Evaluations.At first, Evaluations.At last) {
        int rows = last.rows().size();
        RowRelations known = relations == null || relations.heldOut() != rows ? RowRelations.none(0, rows) : relations;
        int[] unseen = known.unseen();
        boolean enough = prompts(known, unseen) >= Thresholds.FEWEST_PROMPTS;
        int[] judged = enough ? unseen : IntStream.range(0, rows).toArray();
        int[] numbers =
                Arrays.stream(judged).map(place -> known.prompts()[place]).toArray();
        Judgement found = last.rows().select(judged).against(first.rows().select(judged), numbers);
        boolean weighs = found.verdict() != Verdict.BROKEN && found.verdict() != Verdict.UNCLEAR;
        if (found.verdict() == Verdict.BETTER && !enough && known.trained().length > 0) {
            return found.overriddenBy(
                    Verdict.UNCLEAR,
                    format(
                            "%,d of %,d held-out rows are trained on too, so that they say nothing about new prompts.",
                            known.trained().length, rows));
        }
        if (weighs && !enough && prompts(known, judged) < Thresholds.FEWEST_PROMPTS) {
            return found.overriddenBy(
                    Verdict.UNCLEAR,
                    format(
                            "there are too few held-out prompts, %d; below %d chance decides.",
                            prompts(known, judged), Thresholds.FEWEST_PROMPTS));
        }
        return method.weighed(found, history);
    }

    private static long prompts(RowRelations known, int[] places) {
        return Arrays.stream(places)
                .map(place -> known.prompts()[place])
                .distinct()
                .count();
    }

    /** The headline names what weakens it; the sentences after it give the figures. */
    private Judgement noting(Judgement found) {
        if (relations == null || !relations.manyContradictions()) {
            return found;
        }
        return found.noting(format(
                "%.1f %% of the training rows contradict each other",
                100.0 * relations.contradictoryTraining() / relations.training()));
    }

    /** A method that scores its own answers learns where the score rises; its loss says nothing. */
    private String training() {
        Series scores = history.steps(method.figures(), Meaning.SCORE);
        boolean scored = !method.figures().meaning(Meaning.SCORE).isEmpty();
        Series series = scored ? scores : history.steps(LoopFigures.LOSS);
        if (series.size() == 0) {
            return "No step was done.";
        }
        String figure = scored ? "The mean score of the answers it was trained on" : "The training loss";
        if (series.size() == 1) {
            return format("%s was %.4g at its only step.", figure, series.first());
        }
        Series first = series.opening();
        Series last = series.closing();
        int steps = first.size();
        return steps == 1
                ? format("%s went from %.4g at the first step to %.4g at the last.", figure, first.mean(), last.mean())
                : format(
                        "%s went from %.4g in the first %d steps to %.4g in the last %d (means).",
                        figure, first.mean(), steps, last.mean(), steps);
    }

    private Optional<String> guard() {
        Series guard = history.evaluations(LoopFigures.GUARD_PERPLEXITY);
        if (guard.size() < 2 || !(guard.first() >= 1 && Double.isFinite(guard.first()))) {
            return Optional.empty();
        }
        Forgetting forgetting = new Forgetting(guard.first(), guard.last());
        String change = format("%.1f\u00a0%%", 100 * Math.abs(forgetting.increaseFraction()));
        return Optional.of(
                forgetting.alarm()
                        ? "Perplexity on general text rose by " + change + ": it forgets."
                        : "Perplexity on general text " + (forgetting.increaseFraction() > 0 ? "rose" : "fell") + " by "
                                + change + ", which is fine.");
    }

    /**
     * The first and the last evaluation of a run, row by row: {@code evaluation.json}.
     *
     * @param first before the first step; null where there was none, or a run of an earlier version kept none
     * @param last the newest one; null where there was none
     */
    public record Evaluations(@Nullable At first, @Nullable At last) {
        /** A run without held-out rows, or before its first evaluation. */
        public static final Evaluations NONE = new Evaluations(null, null);

        /**
         * Holds the evaluated rows of one step.
         *
         * @param step optimizer steps done, 0 before the first
         * @param rows what it found
         */
        public record At(int step, EvaluatedRows rows) {
            public At {
                Objects.requireNonNull(rows, "rows");
                if (rows.size() == 0) {
                    throw new IllegalArgumentException("An evaluation has a row at least.");
                }
            }
        }

        public Evaluations {
            if (first != null
                    && last != null
                    && (first.rows().getClass() != last.rows().getClass()
                            || first.rows().size() != last.rows().size())) {
                throw new IllegalArgumentException(
                        "The first and the last evaluation are of the same rows, but one has "
                                + first.rows().size() + " and the other "
                                + last.rows().size() + ", or rows of another kind.");
            }
        }

        /** Returns these evaluations with a newer one; the one at step 0 begins again. */
        public Evaluations after(int step, EvaluatedRows rows) {
            At newest = new At(step, rows);
            return step == 0 ? new Evaluations(newest, newest) : new Evaluations(first, newest);
        }
    }
}
