package org.align4j.ppo;

import java.util.Arrays;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.run.StepMetrics;
import org.align4j.ppo.Credit.Divergences;
import org.align4j.ppo.Critic.ValueTargets;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.PpoForwards.Compared;
import org.align4j.ppo.loss.GroupBaseline.Moments;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.report.PpoFigures;
import org.align4j.ppo.rollout.Episode;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Experience.Scores;
import org.jspecify.annotations.Nullable;

/** What rollouts show of the policy that made them. */
final class StepReport {
    private StepReport() {}

    /**
     * Figures of responses and of how far they are from the reference.
     *
     * @param masks the tokens that averages over tokens are of; null: all
     */
    static StepMetrics of(
            Experience experience,
            Compared compared,
            @Nullable TokenMasks masks,
            Divergences kl,
            double klCoefficient) {
        double score = mean(experience.scores());
        double penalised = mean(kl.estimated());
        StepMetrics metrics = ofReference(compared, masks, kl);
        if (experience.samples() > 1) {
            metrics = metrics.with(PpoFigures.SPREADLESS, experience.spreadlessFraction());
        }
        metrics = metrics.with(ofRewards(experience.rewards())).with(ofEpisodes(experience.episodes()));
        IntSummaryStatistics lengths = Arrays.stream(experience.lengths()).summaryStatistics();
        return metrics.with(PpoFigures.ENTROPY, meanOfTokens(compared.entropies(), masks))
                .with(PpoFigures.SCORE, score)
                .with(
                        PpoFigures.SCORE_DEVIATION,
                        Moments.of(experience.scores()).deviation())
                .with(PpoFigures.OBJECTIVE, score - klCoefficient * penalised)
                .with(PpoFigures.PENALTY, -klCoefficient * penalised)
                .with(PpoFigures.LENGTH, experience.meanLength())
                .with(PpoFigures.FINISHED, experience.finishedFraction())
                .with(PpoFigures.MALFORMED, experience.malformedFraction())
                .with(PpoFigures.HIGHEST_SCORE, experience.highestScore())
                .with(PpoFigures.AT_HIGHEST, experience.atHighestFraction())
                .with(PpoFigures.DISTINCT_PAIRS, distinctPairs(experience.drawn()))
                .with(PpoFigures.SHORTEST, lengths.getMin())
                .with(PpoFigures.LONGEST, lengths.getMax());
    }

    /** How far responses are from the reference, and what it makes of them; nothing where there is none. */
    private static StepMetrics ofReference(Compared compared, @Nullable TokenMasks masks, Divergences kl) {
        if (!kl.known()) {
            return StepMetrics.EMPTY;
        }
        StepMetrics metrics = StepMetrics.EMPTY
                .with(KlName.K1.figure(), mean(kl.k1()))
                .with(PpoFigures.REFERENCE_PERPLEXITY, Math.exp(-meanOfTokens(compared.reference(), masks)));
        return kl.estimator() == KlName.K1
                ? metrics
                : metrics.with(kl.estimator().figure(), mean(kl.estimated()));
    }

    /** The mean over the tokens of responses that count; NaN where none does. */
    private static double meanOfTokens(double[][] rows, @Nullable TokenMasks masks) {
        return Arrays.stream(flat(TokenMasks.ofCounted(rows, masks))).average().orElse(Double.NaN);
    }

    /** Turns of an episode on average, and how many episodes their environment failed. */
    private static StepMetrics ofEpisodes(@Nullable List<Episode> episodes) {
        if (episodes == null) {
            return StepMetrics.EMPTY;
        }
        double failed = episodes.stream()
                .filter(episode -> episode.ending() == Episode.Ending.FAILED)
                .count();
        double turns =
                episodes.stream().mapToInt(episode -> episode.turns().size()).sum();
        return StepMetrics.EMPTY
                .with(PpoFigures.TURNS, turns / episodes.size())
                .with(PpoFigures.FAILED_EPISODES, failed / episodes.size());
    }

    /** Mean and deviation of each reward, before its weight, and the means of what its scores were made of. */
    private static StepMetrics ofRewards(Scores scores) {
        StepMetrics metrics = StepMetrics.EMPTY;
        for (int r = 0; r < scores.each().length; r++) {
            String name = scores.names().get(r);
            double[] own = scores.each()[r];
            metrics = metrics.with(PpoFigures.ofReward(name), mean(own))
                    .with(PpoFigures.deviationOfReward(name), Moments.of(own).deviation());
        }
        for (Map.Entry<String, double[]> part : scores.parts().entrySet()) {
            metrics = metrics.with(PpoFigures.ofPart(part.getKey()), mean(part.getValue()));
        }
        return metrics;
    }

    /** How much of the returns' variance the critic's values explain. */
    static StepMetrics explained(ValueTargets targets) {
        return StepMetrics.EMPTY.with(
                PpoFigures.EXPLAINED_VARIANCE, explainedVariance(targets.returns(), targets.old()));
    }

    /**
     * How much of the returns the critic knew: one less the variance of its errors over theirs; 0 where returns don't vary.
     */
    static double explainedVariance(double[][] returns, double[][] values) {
        double[] target = flat(returns);
        double[] said = flat(values);
        double[] errors = new double[target.length];
        for (int i = 0; i < errors.length; i++) {
            errors[i] = target[i] - said[i];
        }
        double variance = Moments.of(target).variance();
        return variance == 0 ? 0 : 1 - Moments.of(errors).variance() / variance;
    }

    /** The share of different pairs of neighbouring tokens among all such pairs (Li et al. 2016). */
    static double distinctPairs(List<int[]> drawn) {
        Set<Long> seen = new HashSet<>();
        long all = 0;
        for (int[] ids : drawn) {
            for (int t = 1; t < ids.length; t++, all++) {
                seen.add(((long) ids[t - 1] << Integer.SIZE) | ids[t]);
            }
        }
        return all == 0 ? 0 : (double) seen.size() / all;
    }

    static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }
}
