package org.align4j.core.sft;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.GuardPerplexity;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.verdict.EvaluatedTexts;

/**
 * Supervised fine-tuning: the mean negative log-probability of the trained tokens over the whole batch, whatever the
 * micro-batches are.
 */
public final class SftObjective implements Objective {
    private final Policy policy;
    private final PolicyState state;
    private final List<TextTokens> rows;
    private final List<TextTokens> evaluation;
    private final GuardPerplexity guard;
    private final TokenBudget budget;

    /** Over a session's rows and policy. */
    public SftObjective(TrainingSession<TextTokens> session) {
        this.policy = session.policy();
        this.state = session.state();
        this.rows = session.rows().train();
        this.evaluation = session.rows().eval();
        this.budget = session.budget();
        this.guard = new GuardPerplexity(policy, session.guard(), budget);
    }

    /** Sums over rows. */
    private static final class Totals {
        double loss;
        double entropy;
        double hits;
        long tokens;

        void add(TokenScores scores) {
            for (int i = 0; i < scores.logProbs().length; i++) {
                loss -= scores.logProbs()[i];
                entropy += scores.entropies()[i];
                hits += scores.hits()[i];
            }
            tokens += scores.logProbs().length;
        }

        StepMetrics metrics() {
            return StepMetrics.EMPTY
                    .with(SftFigures.TOKEN_ACCURACY, hits / tokens)
                    .with(LoopFigures.ENTROPY, entropy / tokens);
        }
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public int inputRow(int row) {
        return rows.get(row).row();
    }

    @Override
    public TokenBudget budget() {
        return budget;
    }

    @Override
    public List<Forward> forwards(int[] places) {
        List<TextTokens> batch = select(places);
        return Forward.of(places, groups(batch), group -> pack(batch, group));
    }

    private List<TextTokens> select(int[] places) {
        return Arrays.stream(places).mapToObj(rows::get).toList();
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        List<TextTokens> batch = select(plan.rows());
        long trained = batch.stream().mapToLong(TextTokens::trainedTokens).sum();
        double[] rowLosses = new double[batch.size()];
        Totals totals = new Totals();
        long computed = 0;
        policy.trainables().zeroGradients();
        List<int[]> groups = groups(batch);
        List<Scored> passes = policy.sideBySide(groups, group -> {
            PackedBatch packed = pack(batch, group);
            float[] coefficients = new float[packed.scored()];
            Arrays.fill(coefficients, -1f / trained);
            return new Scored(packed, policy.accumulate(packed, plan.seed() + group[0], s -> coefficients));
        });
        for (int pass = 0; pass < passes.size(); pass++) {
            TokenScores scores = passes.get(pass).scores();
            PackedBatch packed = passes.get(pass).packed();
            totals.add(scores);
            computed += packed.size();
            for (int i = 0; i < groups.get(pass).length; i++) {
                rowLosses[groups.get(pass)[i]] = -scores.sum(packed.span(i, 0)) / trained;
            }
        }
        return new StepOutcome(totals.loss / trained, rowLosses, totals.metrics(), computed, 0);
    }

    private record Scored(PackedBatch packed, TokenScores scores) {}

    private List<int[]> groups(List<TextTokens> batch) {
        return MicroBatches.plan(batch.stream().mapToInt(TextTokens::tokens).toArray(), budget.tokens());
    }

    private static PackedBatch pack(List<TextTokens> batch, int[] group) {
        return PackedBatch.of(
                Arrays.stream(group).mapToObj(i -> tree(batch.get(i))).toList());
    }

    private static TokenTree tree(TextTokens row) {
        return TokenTree.ofText(row.ids(), row.trained());
    }

    @Override
    public boolean evaluates() {
        return !evaluation.isEmpty() || !guard.isEmpty();
    }

    @Override
    public Evaluation evaluate() {
        if (evaluation.isEmpty()) {
            return new Evaluation(guard.addedTo(StepMetrics.EMPTY), null);
        }
        Totals totals = new Totals();
        double[] logProbs = new double[evaluation.size()];
        List<int[]> groups = groups(evaluation);
        List<Scored> passes = policy.sideBySide(groups, group -> {
            PackedBatch packed = pack(evaluation, group);
            return new Scored(packed, policy.score(packed));
        });
        for (int pass = 0; pass < passes.size(); pass++) {
            TokenScores scores = passes.get(pass).scores();
            totals.add(scores);
            for (int i = 0; i < groups.get(pass).length; i++) {
                logProbs[groups.get(pass)[i]] =
                        scores.sum(passes.get(pass).packed().span(i, 0));
            }
        }
        int[] tokens = evaluation.stream().mapToInt(TextTokens::trainedTokens).toArray();
        StepMetrics metrics = StepMetrics.EMPTY
                .with(LoopFigures.LOSS, totals.loss / totals.tokens)
                .with(totals.metrics());
        return new Evaluation(guard.addedTo(metrics), new EvaluatedTexts(logProbs, tokens));
    }

    @Override
    public List<Saved> parts() {
        return List.of(state);
    }
}
