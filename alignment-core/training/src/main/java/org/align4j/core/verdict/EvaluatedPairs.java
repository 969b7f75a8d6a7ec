package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.Proportion;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Measured;
import org.align4j.core.verdict.Judgement.Verdict;
import org.align4j.core.verdict.PairMeasure.Bar;
import org.jspecify.annotations.Nullable;

/**
 * Held-out pairs under a language model.
 *
 * @param chosen {@code [B]} summed log-probabilities of the chosen answers, nats
 * @param rejected {@code [B]} of the rejected ones
 * @param chosenTokens {@code [B]}
 * @param rejectedTokens {@code [B]}; null in runs of earlier versions
 * @param measure what the loss that trains compares; a loss without one, and runs of earlier versions, go by whole answers
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedPairs(
        double[] chosen, double[] rejected, int[] chosenTokens, int @Nullable [] rejectedTokens, PairMeasure measure)
        implements EvaluatedRows {
    @JsonCreator
    public EvaluatedPairs(
            double[] chosen,
            double[] rejected,
            int[] chosenTokens,
            int @Nullable [] rejectedTokens,
            @Nullable PairMeasure measure) {
        EvaluatedRows.requireAlike(
                chosen.length,
                rejected.length,
                chosenTokens.length,
                rejectedTokens == null ? chosen.length : rejectedTokens.length);
        this.chosen = chosen;
        this.rejected = rejected;
        this.chosenTokens = chosenTokens;
        this.rejectedTokens = rejectedTokens;
        this.measure = measure == null || rejectedTokens == null ? PairMeasure.ANSWER : measure;
    }

    @Override
    public int size() {
        return chosen.length;
    }

    @Override
    public EvaluatedPairs select(int[] places) {
        return new EvaluatedPairs(
                pick(chosen, places),
                pick(rejected, places),
                pick(chosenTokens, places),
                rejectedTokens == null ? null : pick(rejectedTokens, places),
                measure);
    }

    @Override
    public List<RowMeasure> measures(EvaluatedRows before) {
        double[] first = MeasureChange.values(PairMeasure.ANSWER, (EvaluatedPairs) before, this);
        double[] last = MeasureChange.values(PairMeasure.ANSWER, this, this);
        double[] moved = new double[size()];
        Arrays.setAll(moved, i -> last[i] - first[i]);
        List<RowMeasure> measures = new ArrayList<>(List.of(
                new RowMeasure(
                        PairMeasure.ANSWER.figure(), PairMeasure.ANSWER.words(), PairMeasure.ANSWER.unit(), true, last),
                RowMeasure.share(
                        PairMeasure.ANSWER.share(),
                        "pairs whose chosen answer is the likelier one",
                        MeasureChange.above(last)),
                RowMeasure.share(
                        "win_rate",
                        "pairs whose chosen answer is preferred more than before training",
                        MeasureChange.above(moved))));
        if (measure != PairMeasure.ANSWER) {
            measures.add(new RowMeasure(
                    measure.figure(),
                    measure.words(),
                    measure.unit(),
                    true,
                    MeasureChange.values(measure, this, this)));
        }
        return measures;
    }

    /** Counts the pairs whose chosen answer is the likelier one: per token where the loss compares that, else as a whole. */
    public Proportion chosenLikelier() {
        PairMeasure by = measure.share().isEmpty() ? PairMeasure.ANSWER : measure;
        return Proportion.chosenAbove(MeasureChange.values(by, this, this), new double[size()]);
    }

    /** Returns the mean over these pairs of what the loss compares. */
    public double mean() {
        return Arrays.stream(MeasureChange.values(measure, this, this))
                .average()
                .orElseThrow();
    }

    /** Returns these pairs for a loss that compares something else. */
    EvaluatedPairs by(PairMeasure other) {
        return new EvaluatedPairs(chosen, rejected, chosenTokens, rejectedTokens, other);
    }

    int tokensOfRejected(int pair) {
        return rejectedTokens == null ? chosenTokens[pair] : rejectedTokens[pair];
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedPairs start = (EvaluatedPairs) before;
        String pairs = EvaluatedRows.heldOut(size(), "pair", "pairs");
        if (!EvaluatedRows.finite(chosen) || !EvaluatedRows.finite(rejected)) {
            return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + pairs + " are no numbers any more.");
        }
        MeasureChange own = new MeasureChange(measure, start, this, prompts);
        MeasureChange common =
                measure == PairMeasure.ANSWER ? own : new MeasureChange(PairMeasure.ANSWER, start, this, prompts);
        List<Measured> evidence = new ArrayList<>(own.measured());
        if (common != own) {
            evidence.addAll(common.measured());
        }
        double fall = (Arrays.stream(start.chosen).sum() - Arrays.stream(chosen).sum())
                / Arrays.stream(chosenTokens).sum();
        Judgement found = fall > Thresholds.BROKEN_NATS ? fallen(pairs, fall) : compared(pairs, own, common);
        return found.on(evidence);
    }

    private static Judgement fallen(String pairs, double fall) {
        return Judgement.of(
                Verdict.BROKEN,
                format(
                        "a token of the chosen answers of %s is %.3g times less likely than before training (the mean"
                                + " log-probability fell by %.2f nats per token).",
                        pairs, Math.exp(fall), fall));
    }

    /** The loss's own measure decides; the one that all runs on pairs share is shown with it, and may not contradict it. */
    private static Judgement compared(String pairs, MeasureChange own, MeasureChange common) {
        Judgement found = own.judged(pairs);
        if (common == own) {
            return found;
        }
        boolean against = (found.verdict() == Verdict.BETTER && common.down())
                || (found.verdict() == Verdict.WORSE && common.up());
        List<String> beside = List.of("By whole answers, " + common.share(pairs) + ".", common.sentence());
        return against
                ? found.overriddenBy(
                                Verdict.UNCLEAR,
                                format(
                                        "%s %s, but that of whole answers moved the other way.",
                                        own.measure.words(), own.value.by() > 0 ? "rose" : "fell"))
                        .with(beside)
                : found.with(beside);
    }

    /** What became of the pairs by one measure. */
    private static final class MeasureChange {
        private final PairMeasure measure;
        private final Change value;
        private final @Nullable Change share;
        private final Bar bar;

        MeasureChange(PairMeasure measure, EvaluatedPairs before, EvaluatedPairs after, int[] prompts) {
            this.measure = measure;
            double[] first = values(measure, before, after);
            double[] last = values(measure, after, after);
            this.value = Change.of(measure.figure(), first, last, prompts);
            this.share = measure.share().isEmpty()
                    ? null
                    : Change.ofShares(measure.share(), above(first), above(last), prompts);
            double tokens = measure == PairMeasure.ANSWER
                    ? Arrays.stream(after.chosenTokens).average().orElse(1)
                    : 1;
            this.bar = Bar.of(first, tokens);
        }

        private static double[] values(PairMeasure measure, EvaluatedPairs pairs, EvaluatedPairs lengths) {
            return IntStream.range(0, pairs.size())
                    .mapToDouble(pair -> measure.of(pairs, pair, lengths))
                    .toArray();
        }

        /** A tie counts as wrong. */
        private static double[] above(double[] margins) {
            return Arrays.stream(margins).map(margin -> margin > 0 ? 1 : 0).toArray();
        }

        List<Measured> measured() {
            return share == null ? List.of(value.measured()) : List.of(share.measured(), value.measured());
        }

        boolean up() {
            return (value.rose() && value.by() > bar.size()) || (share != null && share.rose() && counts(share));
        }

        boolean down() {
            return (value.fell() && value.by() < -bar.size()) || (share != null && share.fell() && counts(share));
        }

        /** Pairs whose margin is near 0 turn without a change that anybody would notice, unless many do. */
        private boolean counts(Change likelier) {
            return !value.within(bar.size()) || Math.abs(likelier.by()) > Thresholds.SHARE;
        }

        /** {@code the chosen answer is likelier in 72.0 % of 100 held-out pairs, in 50.0 % before training (+22.0 points …)}. */
        String share(String pairs) {
            return share == null
                    ? moved(pairs)
                    : format(
                            "the chosen answer is likelier%s in %.1f %% of %s, in %.1f %% before training (%s)",
                            measure == PairMeasure.TOKEN ? " per token" : "",
                            100 * share.after(),
                            pairs,
                            100 * share.before(),
                            share.points());
        }

        /** {@code the difference … of 100 held-out pairs moved by +1.30 nats …}. */
        private String moved(String pairs) {
            return format("%s of %s moved by %s", measure.words(), pairs, value.in(measure.unit()));
        }

        /** Returns the measure's change with its bar. */
        String sentence() {
            return EvaluatedRows.sentence(
                    format("%s moved by %s; %s, would count", measure.words(), value.in(measure.unit()), bar.text()));
        }

        Judgement judged(String pairs) {
            boolean better = up();
            boolean worse = down();
            if (better && worse) {
                return Judgement.of(
                        Verdict.UNCLEAR, share(pairs) + ", but the difference moved the other way.", sentence());
            }
            if (better || worse) {
                boolean byShare = share != null && (better ? share.rose() : share.fell());
                String headline = byShare ? share(pairs) + "." : format("%s, more than %s.", moved(pairs), bar.text());
                List<String> reasons = new ArrayList<>();
                if (byShare) {
                    reasons.add(sentence());
                } else if (share != null) {
                    reasons.add(EvaluatedRows.sentence(share(pairs)));
                }
                if (worse) {
                    reasons.add("Are chosen and rejected swapped?");
                }
                return Judgement.of(better ? Verdict.BETTER : Verdict.WORSE, headline)
                        .with(reasons);
            }
            return value.within(bar.size())
                    ? Judgement.of(
                            Verdict.UNCHANGED,
                            share(pairs) + "; the difference moved by less than a person would notice.",
                            sentence())
                    : Judgement.of(
                            Verdict.UNCLEAR, share(pairs) + "; more pairs or more steps may show it.", sentence());
        }
    }
}
