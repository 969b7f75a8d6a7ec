package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.StepOutcome;
import org.align4j.dpo.loss.PairObjective;
import org.align4j.dpo.loss.PairResult;
import org.align4j.dpo.report.DpoFigures;
import org.jspecify.annotations.Nullable;

/** The figures of a batch, gathered part by part. */
final class PairFigures {
    private final PairObjective objective;
    private final int pairs;
    private final double[] perPair;
    private final double[] parts;
    private double loss;
    private double chosenReward;
    private double rejectedReward;
    private double right;
    private double likelier;
    private double chosenLogProb;
    private double rejectedLogProb;
    private double entropy;
    private long answerTokens;
    private long computed;

    PairFigures(int pairs, PairObjective objective) {
        this.pairs = pairs;
        this.objective = objective;
        this.perPair = new double[pairs];
        this.parts = new double[objective.losses().size()];
    }

    /** Takes a part's share; {@code places} of its pairs in the batch, null for the whole batch. */
    void add(PairResult result, int @Nullable [] places) {
        loss += result.loss();
        for (int i = 0; i < parts.length; i++) {
            parts[i] += result.parts()[i];
        }
        for (int i = 0; i < result.perPair().length; i++) {
            perPair[places == null ? i : places[i]] = result.perPair()[i];
            double chosen = result.rewards().chosen()[i];
            double rejected = result.rewards().rejected()[i];
            chosenReward += chosen;
            rejectedReward += rejected;
            right += chosen > rejected ? 1 : 0;
            likelier += result.chosenLogProbs()[i] > result.rejectedLogProbs()[i] ? 1 : 0;
            chosenLogProb += result.chosenLogProbs()[i];
            rejectedLogProb += result.rejectedLogProbs()[i];
        }
    }

    /** Takes the passes of a step, one a group of places. */
    void add(List<PairPass> passes, List<int[]> groups) {
        for (int i = 0; i < passes.size(); i++) {
            PairResult result = passes.get(i).result();
            if (result != null) {
                add(result, groups.get(i));
            }
            addTokens(passes.get(i).scores(), passes.get(i).packed());
        }
    }

    /** Takes what a forward computed. */
    void addTokens(TokenScores scores, RowLayout.Packed packed) {
        computed += packed.batch().size();
        packed.answers().forEach(spans -> spans.forEach(span -> addEntropy(scores, span)));
    }

    private void addEntropy(TokenScores scores, Span span) {
        entropy += Arrays.stream(TokenScores.slice(scores.entropies(), span)).sum();
        answerTokens += span.length();
    }

    /** The share of pairs whose chosen answer is the likelier one under the policy; a tie counts as wrong. */
    double likelierShare() {
        return likelier / pairs;
    }

    StepOutcome outcome() {
        StepMetrics metrics = StepMetrics.EMPTY
                .with(DpoFigures.CHOSEN_REWARD, chosenReward / pairs)
                .with(DpoFigures.REJECTED_REWARD, rejectedReward / pairs)
                .with(DpoFigures.MARGIN, (chosenReward - rejectedReward) / pairs)
                .with(DpoFigures.ACCURACY, right / pairs)
                .with(DpoFigures.CHOSEN_LOG_PROB, chosenLogProb / pairs)
                .with(DpoFigures.REJECTED_LOG_PROB, rejectedLogProb / pairs)
                .with(LoopFigures.ENTROPY, entropy / answerTokens);
        if (parts.length > 1) {
            for (int i = 0; i < parts.length; i++) {
                metrics = metrics.with(DpoFigures.part(objective.losses().get(i).name()), parts[i]);
            }
        }
        return new StepOutcome(loss, perPair, metrics, computed, 0);
    }
}
