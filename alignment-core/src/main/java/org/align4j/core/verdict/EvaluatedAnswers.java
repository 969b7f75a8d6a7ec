package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.verdict.EvaluatedRows.pick;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.Judgement.Verdict;
import org.align4j.core.verdict.PairMeasure.Bar;

/**
 * Held-out answers that are desirable or not, under a language model.
 *
 * @param logProbs {@code [B]} summed log-probabilities, nats
 * @param tokens {@code [B]}
 * @param desirable {@code [B]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record EvaluatedAnswers(double[] logProbs, int[] tokens, boolean[] desirable) implements EvaluatedRows {
    /** What the measure is called in the table of docs/verdict.md. */
    public static final String MEASURE = "log p of desirable answers less log p of the others";

    /** What it is measured in. */
    public static final String UNIT = "nats per answer";

    public EvaluatedAnswers {
        EvaluatedRows.requireAlike(logProbs.length, tokens.length, desirable.length);
    }

    @Override
    public int size() {
        return logProbs.length;
    }

    @Override
    public List<RowMeasure> measures(EvaluatedRows before) {
        int wanted = (int) places(true).count();
        return wanted == 0 || wanted == size()
                ? List.of()
                : List.of(new RowMeasure("desirable_margin", MEASURE, UNIT, true, signed(logProbs, wanted)));
    }

    @Override
    public EvaluatedAnswers select(int[] places) {
        return new EvaluatedAnswers(pick(logProbs, places), pick(tokens, places), pick(desirable, places));
    }

    @Override
    public Judgement against(EvaluatedRows before, int[] prompts) {
        EvaluatedAnswers start = (EvaluatedAnswers) before;
        String answers = EvaluatedRows.heldOut(size(), "answer", "answers");
        if (!EvaluatedRows.finite(logProbs)) {
            return Judgement.of(Verdict.BROKEN, "the log-probabilities of " + answers + " are no numbers any more.");
        }
        double[] moved = new double[size()];
        Arrays.setAll(moved, i -> logProbs[i] - start.logProbs[i]);
        int wanted = (int) places(true).count();
        double fall = -places(true).mapToDouble(i -> moved[i]).sum()
                / Math.max(1, places(true).map(i -> tokens[i]).sum());
        if (fall > Thresholds.BROKEN_NATS) {
            return Judgement.of(
                    Verdict.BROKEN,
                    format(
                            "a token of the desirable ones of %s is %.3g times less likely than before training (the mean"
                                    + " log-probability fell by %.2f nats per token).",
                            answers, Math.exp(fall), fall));
        }
        if (wanted == 0 || wanted == size()) {
            return Judgement.of(
                    Verdict.UNCLEAR,
                    "all of " + answers + " have one label, so that whether the model tells them apart isn't known.");
        }
        Change margin = Change.of("desirable_margin", new double[size()], signed(moved, wanted), prompts);
        Bar bar = Bar.of(start.centred(), (double) Arrays.stream(tokens).sum() / size());
        return compared(answers, margin, bar).on(margin.from(start.margin()));
    }

    /** The mean log-probability of desirable answers less that of the others. */
    private double margin() {
        return mean(true) - mean(false);
    }

    private double mean(boolean label) {
        return places(label).mapToDouble(i -> logProbs[i]).average().orElse(Double.NaN);
    }

    /** Each answer's log-probability less the mean of those that are labelled so. */
    private double[] centred() {
        double desired = mean(true);
        double others = mean(false);
        double[] centred = new double[size()];
        Arrays.setAll(centred, i -> logProbs[i] - (desirable[i] ? desired : others));
        return centred;
    }

    /**
     * Weighted so that their mean is that of the desirable ones less that of the others; what all moved by is taken off, so that both
     * labels have this mean and their difference widens nothing.
     */
    private double[] signed(double[] moved, int wanted) {
        double share = (double) wanted / size();
        double gained = places(true).mapToDouble(i -> moved[i]).average().orElse(0);
        double others = places(false).mapToDouble(i -> moved[i]).average().orElse(0);
        double common = (1 - share) * gained + share * others;
        double[] signed = new double[size()];
        Arrays.setAll(signed, i -> (moved[i] - common) / (desirable[i] ? share : share - 1));
        return signed;
    }

    private static Judgement compared(String answers, Change margin, Bar bar) {
        String moved = format(
                "the log-probability of desirable answers moved against that of undesirable ones by %s (%s)",
                margin.in(UNIT), answers);
        String counts = EvaluatedRows.sentence(bar.text() + ", would count");
        if (margin.rose() && margin.by() > bar.size()) {
            return Judgement.of(Verdict.BETTER, moved + ", more than " + bar.text() + ".");
        }
        if (margin.fell() && margin.by() < -bar.size()) {
            return Judgement.of(Verdict.WORSE, moved + ", more than " + bar.text() + ".", "Are the labels swapped?");
        }
        return margin.within(bar.size())
                ? Judgement.of(Verdict.UNCHANGED, moved + ": less than a person would notice in the answers.", counts)
                : Judgement.of(Verdict.UNCLEAR, moved + "; more rows or more steps may show it.", counts);
    }

    private IntStream places(boolean label) {
        return IntStream.range(0, size()).filter(i -> desirable[i] == label);
    }
}
