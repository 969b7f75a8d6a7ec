package org.align4j.dpo;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.probe.GuardPerplexity;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.EvaluatedPairs;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PairBatch;
import org.align4j.dpo.loss.PairObjective;
import org.align4j.dpo.loss.PairResult;
import org.align4j.dpo.loss.Trait;

/**
 * Direct preference optimization on pairs (Rafailov et al. 2023 and its kin): score both answers of each prompt under policy
 * and reference, let the loss say what each token's log-probability should do, go back through the policy. The scores of a
 * reference that stays are computed once. Losses of the whole batch see all pairs before any gradient.
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
    private final EqualStart equality;
    private final StartDifference start;
    private final LossMemory memory;
    private final boolean wholeBatch;

    PairTraining(TrainingSession<PairTokens> session, DpoPlan plan) {
        TrainingLog log = session.log();
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().pairObjective();
        Set<Trait> traits = objective.traits();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan, log);
        this.equality = reference.equalStart();
        this.start = new StartDifference(session, plan, log);
        this.scorer = PairScorer.of(policy, reference, traits.contains(Trait.NEEDS_SEQUENCE_KL));
        this.rows = PairRows.of(session.rows().train(), layout, reference, log);
        this.evaluation = PairRows.of(session.rows().eval(), layout, reference, log);
        this.guard = new GuardPerplexity(policy, session.guard(), session.budget());
        this.memory = new LossMemory(session.plan().engine().seed());
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
    public TokenBudget budget() {
        return session.budget();
    }

    @Override
    public List<Forward> forwards(int[] rows) {
        return new RowForwards(this.rows.allItems(), layout, budget()).forwards(rows);
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        PairRows batch = rows.select(plan.rows())
                .against(equality.scores(plan, rows.reference(), reference::score, rows::inputRow));
        BatchTotals totals = batch.totals(layout.scorePrompts());
        List<int[]> groups = layout.groups(batch.items(), session.budget().tokens());
        PairFigures figures = new PairFigures(batch.size(), objective);
        policy.trainables().zeroGradients();
        PairResult known = wholeBatch && groups.size() > 1 ? judge(plan, batch, score(batch, groups), totals) : null;
        List<PairPass> passes = policy.sideBySide(groups, group -> {
            PairRows part = batch.select(group);
            long seed = plan.seed() + group[0];
            return known != null
                    ? scorer.accumulate(part, layout, seed, known.gradients().select(group))
                    : scorer.accumulate(part, layout, seed, pairs -> judge(plan, part, pairs, totals));
        });
        figures.add(passes, groups);
        if (known != null) {
            figures.add(known, null);
        }
        return start.reported(plan, figures.outcome());
    }

    /** The memory that this batch is judged with; a loss that has none keeps the first. */
    private LossState stateFor(PairBatch whole) {
        if (!wholeBatch) {
            return memory.state();
        }
        return memory.advance(before -> objective.advance(whole, before));
    }

    private PairResult judge(StepPlan plan, PairRows scored, PairBatch pairs, BatchTotals totals) {
        equality.require(plan, scored::inputRow, pairs.chosen());
        equality.require(plan, scored::inputRow, pairs.rejected());
        start.see(plan, pairs.chosen());
        start.see(plan, pairs.rejected());
        return objective.evaluate(pairs, totals, stateFor(pairs));
    }

    /** All pairs scored before any gradient, for losses in which a pair's loss depends on the others. */
    private PairBatch score(PairRows batch, List<int[]> groups) {
        PairBatchBuilder builder = new PairBatchBuilder(batch.size(), layout.scorePrompts());
        List<PairScorer.Scored> scored = policy.sideBySide(groups, group -> scorer.score(batch.select(group), layout));
        for (int i = 0; i < scored.size(); i++) {
            builder.put(scored.get(i).pairs(), groups.get(i));
        }
        return builder.build();
    }

    @Override
    public void commit(StepPlan plan) {
        memory.commit();
        reference.commit(plan);
    }

    @Override
    public boolean evaluates() {
        return evaluation.size() > 0 || !guard.isEmpty();
    }

    @Override
    public Evaluation evaluate() {
        if (evaluation.size() == 0) {
            return new Evaluation(guard.addedTo(StepMetrics.EMPTY), null);
        }
        List<int[]> groups = layout.groups(evaluation.items(), session.budget().tokens());
        PairFigures figures = new PairFigures(evaluation.size(), objective);
        PairBatchBuilder builder = new PairBatchBuilder(evaluation.size(), layout.scorePrompts());
        List<PairScorer.Scored> scored =
                policy.sideBySide(groups, group -> scorer.score(evaluation.select(group), layout));
        for (int i = 0; i < scored.size(); i++) {
            builder.put(scored.get(i).pairs(), groups.get(i));
            figures.addTokens(scored.get(i).scores(), scored.get(i).packed());
        }
        PairResult result = objective.evaluate(builder.build(), memory.state().forEvaluation());
        figures.add(result, null);
        StepOutcome outcome = figures.outcome();
        StepMetrics metrics = StepMetrics.EMPTY
                .with("loss", outcome.loss())
                .with(outcome.metrics())
                .with("logps/accuracies", figures.likelierShare());
        int[] tokens = IntStream.range(0, evaluation.size())
                .map(i -> evaluation.get(i).chosen().length)
                .toArray();
        return new Evaluation(
                guard.addedTo(metrics), new EvaluatedPairs(result.chosenLogProbs(), result.rejectedLogProbs(), tokens));
    }

    @Override
    public List<Saved> parts() {
        return Stream.concat(Stream.of(session.state(), memory), reference.parts().stream())
                .toList();
    }
}
