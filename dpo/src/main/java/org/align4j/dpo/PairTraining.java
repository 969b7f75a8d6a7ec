package org.align4j.dpo;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.cli.Terminal;
import org.align4j.core.data.PairTokens;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.Saved;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.GuardPerplexity;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairObjective;
import org.align4j.dpo.loss.PairResult;
import org.align4j.dpo.loss.Trait;
import org.jspecify.annotations.Nullable;

/**
 * Direct preference optimization on pairs (Rafailov et al. 2023 and its kin): score both answers of each prompt under policy
 * and reference, let the loss say what each token's log-probability should do, go back through the policy. The reference's
 * scores are computed once. Losses of the whole batch see all pairs before any gradient.
 */
final class PairTraining implements Objective {
    private static final Set<Trait> WHOLE_BATCH = EnumSet.of(Trait.NEEDS_WHOLE_BATCH, Trait.STATEFUL);

    private final TrainingSession<PairTokens> session;
    private final Policy policy;
    private final PairObjective objective;
    private final PairScorer scorer;
    private final RowLayout layout;
    private final PairRows rows;
    private final PairRows evaluation;
    private final GuardPerplexity guard;
    private final Reference reference;
    private final LossMemory memory;
    private final boolean wholeBatch;
    private @Nullable LossState advanced;

    PairTraining(TrainingSession<PairTokens> session, DpoOptions options, Terminal terminal) {
        this.session = session;
        this.policy = session.policy();
        this.objective = options.loss().pairObjective();
        Set<Trait> traits = objective.traits();
        this.scorer = PairScorer.of(session.policy(), options, traits.contains(Trait.NEEDS_SEQUENCE_KL));
        this.layout =
                new RowLayout(options.prefixSharing(), options.packing(), traits.contains(Trait.NEEDS_PROMPT_TOKENS));
        this.reference = Reference.of(session, options);
        this.rows = PairRows.of(session.rows().train(), layout, reference, terminal);
        this.evaluation = PairRows.of(session.rows().eval(), layout, reference, terminal);
        this.guard = new GuardPerplexity(policy, session.guard(), session.budget());
        this.memory = new LossMemory(session.options().engine().seed());
        this.wholeBatch = traits.stream().anyMatch(WHOLE_BATCH::contains);
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public int inputRow(int row) {
        return rows.inputRow(row);
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        PairRows batch = rows.select(plan.rows());
        BatchTotals totals = batch.totals(layout.scorePrompts());
        List<int[]> groups = layout.groups(batch.items(), session.budget().tokens());
        PairFigures figures = new PairFigures(batch.size(), objective);
        policy.trainables().zeroGradients();
        PairResult known = wholeBatch && groups.size() > 1 ? whole(batch, groups, totals) : null;
        for (int[] group : groups) {
            PairRows part = batch.select(group);
            RowLayout.Packed packed = layout.pack(part.items());
            TokenScores scores = scorer.accumulate(part, packed, plan.seed() + group[0], pairs -> {
                reference.requireEqualStart(plan, part::inputRow, pairs.chosen());
                reference.requireEqualStart(plan, part::inputRow, pairs.rejected());
                if (known != null) {
                    return new PairScorer.Derivatives(known.gradients(), group);
                }
                PairResult result = objective.evaluate(pairs, totals, stateFor(pairs));
                figures.add(result, group);
                return new PairScorer.Derivatives(result.gradients(), null);
            });
            figures.addTokens(scores, packed);
        }
        if (known != null) {
            figures.add(known, null);
        }
        return figures.outcome();
    }

    /** The memory that this batch is judged with; a loss that has none keeps the first. */
    private LossState stateFor(PairBatch whole) {
        if (!wholeBatch) {
            return memory.state();
        }
        LossState next = objective.advance(whole, memory.state());
        advanced = next;
        return next;
    }

    /** All pairs scored before any gradient, for losses in which a pair's loss depends on the others. */
    private PairResult whole(PairRows batch, List<int[]> groups, BatchTotals totals) {
        PairBatch whole = score(batch, groups);
        return objective.evaluate(whole, totals, stateFor(whole));
    }

    private PairBatch score(PairRows batch, List<int[]> groups) {
        PairBatchBuilder builder = new PairBatchBuilder(batch.size(), layout.scorePrompts());
        for (int[] group : groups) {
            PairRows part = batch.select(group);
            RowLayout.Packed packed = layout.pack(part.items());
            builder.put(scorer.score(part, packed).pairs(), group);
        }
        return builder.build();
    }

    @Override
    public void commit(StepPlan plan) {
        LossState next = advanced;
        if (next != null) {
            memory.set(next);
            advanced = null;
        }
    }

    @Override
    public boolean evaluates() {
        return evaluation.size() > 0 || !guard.isEmpty();
    }

    @Override
    public StepMetrics evaluate() {
        StepMetrics metrics = StepMetrics.EMPTY;
        if (evaluation.size() > 0) {
            List<int[]> groups =
                    layout.groups(evaluation.items(), session.budget().tokens());
            PairFigures figures = new PairFigures(evaluation.size(), objective);
            PairBatchBuilder builder = new PairBatchBuilder(evaluation.size(), layout.scorePrompts());
            for (int[] group : groups) {
                PairRows part = evaluation.select(group);
                RowLayout.Packed packed = layout.pack(part.items());
                PairScorer.Scored scored = scorer.score(part, packed);
                builder.put(scored.pairs(), group);
                figures.addTokens(scored.scores(), packed);
            }
            figures.add(objective.evaluate(builder.build(), memory.state().forEvaluation()), null);
            StepOutcome outcome = figures.outcome();
            metrics = metrics.with("loss", outcome.loss())
                    .with(outcome.metrics())
                    .with("logps/accuracies", figures.likelierShare());
        }
        return guard.isEmpty() ? metrics : metrics.with("guard_perplexity", guard.measure());
    }

    @Override
    public List<Saved> parts() {
        return List.of(session.state(), memory);
    }
}
