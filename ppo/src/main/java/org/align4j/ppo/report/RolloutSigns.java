package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.verdict.BrokenSigns;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;

/** What a policy's own answers add to the verdict on its run: a score is an opinion, and may be gamed. */
final class RolloutSigns {
    /**
     * Nats of divergence an answer below which a policy answers as it did: by Pinsker's inequality the probabilities of any set of
     * answers differ by at most √(0.02 / 2) = 0.1.
     */
    private static final double NEAR_NATS = 0.02;

    private RolloutSigns() {}

    static List<String> broken(MetricHistory history) {
        Optional<String> certain = Overoptimization.inEnvironment(history)
                ? Optional.empty()
                : BrokenSigns.collapsed(history, PpoFigures.ENTROPY);
        return Stream.of(certain, alike(history), strange(history))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<String> alike(MetricHistory history) {
        Series distinct = history.evaluationsElseSteps(PpoFigures.DISTINCT_PAIRS);
        return distinct.size() > 1 && distinct.last() < Thresholds.REPETITIVE_LOSS * distinct.first()
                ? Optional.of(format(
                        "its answers have become copies of each other: different pairs of neighbouring tokens fell from %.0f %% to"
                                + " %.1f %%",
                        100 * distinct.first(), 100 * distinct.last()))
                : Optional.empty();
    }

    /** A policy may leave its reference for another style; answers of which every token surprises it are no style. */
    private static Optional<String> strange(MetricHistory history) {
        Series perplexity = history.evaluationsElseSteps(PpoFigures.REFERENCE_PERPLEXITY);
        return perplexity.size() > 1 && Math.log(perplexity.last() / perplexity.first()) > Thresholds.BROKEN_NATS
                ? Optional.of(format(
                        "its answers make no sense to the model that it started from: their perplexity under the reference rose from %.3g to"
                                + " %.3g",
                        perplexity.first(), perplexity.last()))
                : Optional.empty();
    }

    /** A score is an opinion; how far the policy went says whether there is anything to have an opinion on, and whether to trust it. */
    static Judgement weighed(Judgement found, MetricHistory history) {
        Judgement trusted = trusted(found, history);
        List<String> more = new ArrayList<>();
        if (trusted.verdict() == Verdict.BETTER && Overoptimization.confirmed(history)) {
            Series judged = history.evaluations(PpoFigures.JUDGED);
            more.add(format(
                    "The score by eval-reward, which isn't trained on, rose from %.3g to %.3g.",
                    judged.first(), judged.last()));
        }
        Overoptimization.saturated(history).ifPresent(seen -> more.add(seen + "."));
        return trusted.with(more);
    }

    private static Judgement trusted(Judgement found, MetricHistory history) {
        Series kl = history.evaluations(PpoFigures.KL);
        boolean open = found.verdict() != Verdict.UNCHANGED && found.verdict() != Verdict.BROKEN;
        if (open && kl.first() == 0 && Math.abs(kl.last()) < NEAR_NATS) {
            return found.overriddenBy(
                    Verdict.UNCHANGED,
                    format("the policy answers as it did: an answer is %.2g nats from the reference.", kl.last()));
        }
        Optional<String> fooled = Overoptimization.judged(history);
        if (fooled.isPresent() && found.verdict() != Verdict.BROKEN) {
            Series judged = history.evaluations(PpoFigures.JUDGED);
            return found.overriddenBy(
                    judged.last() < judged.first() ? Verdict.WORSE : Verdict.UNCLEAR,
                    "the reward was fooled: " + fooled.get() + ".");
        }
        Overoptimization gamed = Overoptimization.of(history);
        return found.verdict() == Verdict.BETTER && gamed.suspected()
                ? found.overriddenBy(
                        Verdict.UNCLEAR,
                        "the score rose, but " + String.join(", ", gamed.signs())
                                + ": the policy may please the reward instead of answering better.")
                : found;
    }
}
