package org.align4j.dpo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.probe.GuardPerplexity;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.core.train.TrainingLog;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.loss.unpaired.UnpairedBatch;
import org.align4j.dpo.loss.unpaired.UnpairedObjective;
import org.align4j.dpo.loss.unpaired.UnpairedResult;
import org.align4j.dpo.loss.unpaired.UnpairedTotals;

/**
 * Training on single answers that are desirable or not (KTO, Ethayarajh et al. 2024; BCO, Jung et al. 2024; APO-zero). KTO's z
 * comes from mismatched rows: row j's prompt with row j−1's completion, within the step's batch.
 */
final class UnpairedTraining implements Objective {
    private final TrainingSession<CompletionTokens> session;
    private final Policy policy;
    private final UnpairedObjective objective;
    private final RowLayout layout;
    private final Reference reference;
    private final EqualStart equality;
    private final StartDifference start;
    private final AnswerRows rows;
    private final AnswerRows evaluation;
    private final GuardPerplexity guard;
    private final LossMemory memory;
    private final boolean mismatched;

    UnpairedTraining(TrainingSession<CompletionTokens> session, DpoPlan plan) {
        TrainingLog log = session.log();
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().unpairedObjective();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan, log);
        this.equality = reference.equalStart();
        this.start = new StartDifference(session, plan, log);
        this.mismatched = objective.loss().has(Trait.NEEDS_MISMATCHED_ROWS);
        this.rows = AnswerRows.of(session.rows().train(), layout, reference, log);
        this.evaluation = AnswerRows.of(session.rows().eval(), layout, reference, log);
        this.guard = new GuardPerplexity(policy, session.guard(), session.budget());
        this.memory = new LossMemory(session.plan().engine().seed());
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
        AnswerRows batch = rows.select(plan.rows())
                .against(equality.scores(plan, rows.reference(), reference::score, rows::inputRow));
        List<int[]> groups = layout.groups(batch.items(), session.budget().tokens());
        UnpairedTotals totals = totals(batch);
        policy.trainables().zeroGradients();
        LossState state = objective.loss().has(Trait.STATEFUL)
                ? memory.advance(before -> objective.advance(score(batch, groups), before))
                : memory.state();
        Judging judging = new Judging(totals, state);
        AnswerFigures figures = new AnswerFigures(batch, totals, mismatched);
        figures.add(policy.sideBySide(groups, group -> accumulate(plan, batch, group, judging)), groups);
        return start.reported(plan, figures.outcome());
    }

    /** What answers are judged with beside their own scores. */
    private record Judging(UnpairedTotals totals, LossState state) {}

    private AnswerPass accumulate(StepPlan plan, AnswerRows batch, int[] group, Judging judging) {
        AnswerRows part = batch.select(group);
        RowLayout.Packed packed = layout.pack(part.items());
        List<UnpairedResult> results = new ArrayList<>();
        TokenScores scores = policy.accumulate(packed.batch(), plan.seed() + group[0], s -> {
            UnpairedBatch answers = part.batch(s, packed);
            equality.require(plan, part::inputRow, answers.responses());
            start.see(plan, answers.responses());
            results.add(objective.evaluate(answers, judging.totals(), judging.state()));
            return part.coefficients(results.get(0).gradients(), packed);
        });
        return new AnswerPass(scores, packed, results.get(0));
    }

    private UnpairedTotals totals(AnswerRows batch) {
        if (!mismatched) {
            return UnpairedTotals.of(batch.size());
        }
        List<RowLayout.Item> items = batch.mismatchedItems();
        double[] policySums = new double[items.size()];
        double[] referenceSums = new double[items.size()];
        List<int[]> groups = layout.groups(items, session.budget().tokens());
        policy.sideBySide(groups, group -> {
            RowLayout.Packed packed =
                    layout.pack(Arrays.stream(group).mapToObj(items::get).toList());
            TokenScores own = policy.score(packed.batch());
            TokenScores other = reference.score(packed.batch());
            for (int i = 0; i < group.length; i++) {
                policySums[group[i]] = own.sum(packed.answers().get(i).get(0));
                referenceSums[group[i]] = other.sum(packed.answers().get(i).get(0));
            }
            return group.length;
        });
        return UnpairedTotals.of(policySums, referenceSums);
    }

    private UnpairedBatch score(AnswerRows batch, List<int[]> groups) {
        List<UnpairedBatch> parts = policy.sideBySide(groups, group -> {
            AnswerRows part = batch.select(group);
            RowLayout.Packed packed = layout.pack(part.items());
            return part.batch(policy.score(packed.batch()), packed);
        });
        return batch.joined(parts, groups);
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
        UnpairedTotals totals =
                mismatched && evaluation.size() > 1 ? totals(evaluation) : UnpairedTotals.of(evaluation.size());
        AnswerFigures figures = new AnswerFigures(evaluation, totals, mismatched);
        Judging judging = new Judging(totals, memory.state().forEvaluation());
        figures.add(policy.sideBySide(groups, group -> score(evaluation.select(group), judging)), groups);
        StepOutcome outcome = figures.outcome();
        StepMetrics metrics = StepMetrics.EMPTY.with("loss", outcome.loss()).with(outcome.metrics());
        return new Evaluation(guard.addedTo(metrics), figures.rows());
    }

    private AnswerPass score(AnswerRows part, Judging judging) {
        RowLayout.Packed packed = layout.pack(part.items());
        TokenScores scores = policy.score(packed.batch());
        return new AnswerPass(
                scores, packed, objective.evaluate(part.batch(scores, packed), judging.totals(), judging.state()));
    }

    @Override
    public List<Saved> parts() {
        return Stream.concat(Stream.of(session.state(), memory), reference.parts().stream())
                .toList();
    }
}
