package org.align4j.dpo;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Policy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.probe.Guard;
import org.align4j.core.train.Evaluation;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Objective;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchTotals;
import org.align4j.dpo.loss.Judgement;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.score.PreferenceRows;
import org.align4j.dpo.score.ReferenceScores;
import org.align4j.dpo.score.RowForward;
import org.jspecify.annotations.Nullable;

/**
 * Direct preference optimization (Rafailov et al. 2023) and its kin, on pairs of answers, or on single answers that are desirable or
 * not (KTO, Ethayarajh et al. 2024; BCO, Jung et al. 2024). A step lowers
 *
 * <pre>{@code L = mean over the batch's rows of  l(log π(y|x), log π_ref(y|x))   e.g.  -log σ(β (log π(y⁺)/π_ref(y⁺) - log π(y⁻)/π_ref(y⁻)))}</pre>
 *
 * <ol>
 *   <li>rows: the step's prompts with their answers;
 *   <li>pack: the rows that share a forward, each prompt computed once for its answers;
 *   <li>batch: what the rows share, such as KTO's z, and what a loss must see of all rows before any gradient;
 *   <li>pass: a forward of the policy gives each answer token's log-probability;
 *   <li>reference: the same tokens' log-probabilities under the reference;
 *   <li>loss: a pure function of both gives the loss and its derivative by each log-probability;
 *   <li>backward: the pass carries the derivatives to the trained weights;
 *   <li>figures: losses, rewards and margins of the batch.
 * </ol>
 */
final class DpoRecipe implements Objective {
    private final TrainingSession<?> session;
    private final Policy policy;
    private final PreferenceObjective objective;
    private final RowLayout layout;
    private final Reference reference;
    private final @Nullable Weights diverging;
    private final PreferenceRows rows;
    private final ReferenceScores ofRows;
    private final PreferenceRows held;
    private final ReferenceScores ofHeld;
    private final Guard guard;
    private final LossMemory memory;
    private final PairKeeper keeper;

    DpoRecipe(TrainingSession<?> session, DpoPlan plan) {
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().objective();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan);
        this.diverging = objective.traits().contains(Trait.NEEDS_SEQUENCE_KL) ? reference.weights() : null;
        this.rows = PreferenceRows.of(session.rows().train());
        this.ofRows = reference.scores(session.rows().train(), layout);
        this.held = PreferenceRows.of(session.rows().eval());
        this.ofHeld = reference.scores(session.rows().eval(), layout);
        this.guard = session.guard();
        this.memory = new LossMemory(session.plan().engine().seed());
        this.keeper = new PairKeeper(session, objective, !plan.reference().is(ReferenceChoice.Kind.NONE));
    }

    /** One forward without a backward, beside the reference. */
    private record Scored(RowForward forward, BatchScores scores) {}

    /** One forward with its backward; no judgement where the whole batch was judged before. */
    private record Learnt(RowForward forward, @Nullable Judgement judgement) {}

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        // 1. rows
        PreferenceRows batch = rows.select(plan.rows());
        ReferenceScores scores = reference.at(plan, ofRows);

        // 2. pack
        List<int[]> groups = groups(batch);

        // 3. batch
        BatchTotals totals = totals(batch);
        policy.trainables().zeroGradients();
        BatchContext step = prepared(new BatchContext(plan.seed(), scores, totals, memory.state(), null), batch, groups);

        // 4. pass, 5. reference, 6. loss, 7. backward
        List<Learnt> learnt = policy.sideBySide(groups, group -> learn(step, batch, group));

        // 8. figures
        PreferenceFigures figures = new PreferenceFigures(batch, objective, totals);
        for (int i = 0; i < learnt.size(); i++) {
            figures.add(learnt.get(i).forward());
            Judgement own = learnt.get(i).judgement();
            if (own != null) {
                figures.add(own, groups.get(i));
            }
        }
        Judgement whole = step.whole();
        if (whole != null) {
            figures.add(whole);
        }
        return figures.outcome(scores.report());
    }

    private List<int[]> groups(PreferenceRows some) {
        return some.groups(layout, budget().tokens());
    }

    /** What the rows of a batch share. KTO's z needs another row's answer to each prompt, under policy and reference. */
    private BatchTotals totals(PreferenceRows batch) {
        BatchTotals totals = batch.totals(layout.scorePrompts());
        if (!objective.traits().contains(Trait.NEEDS_MISMATCHED_ROWS)) {
            return totals;
        }
        PreferenceRows mismatched = batch.mismatched();
        return totals.withMismatched(sums(mismatched, policy.weights()), sums(mismatched, reference.weights()));
    }

    /** {@code [rows]} the log-probability of each row's first answer under some weights. */
    private double[] sums(PreferenceRows some, Weights weights) {
        List<int[]> groups = groups(some);
        List<RowForward> forwards = policy.sideBySide(groups, group -> scored(some.select(group), weights));
        double[] sums = new double[some.size()];
        for (int i = 0; i < forwards.size(); i++) {
            for (int row = 0; row < groups.get(i).length; row++) {
                sums[groups.get(i)[row]] = forwards.get(i).sum(row);
            }
        }
        return sums;
    }

    /** Lets a loss that needs it see all rows before any gradient: to judge them together, or to remember them. */
    private BatchContext prepared(BatchContext step, PreferenceRows batch, List<int[]> groups) {
        if (objective.needsWholeBatch()) {
            // One forward sees the whole batch anyway.
            return groups.size() == 1 ? step : step.judgedAs(judge(step, whole(batch, groups, step.reference())));
        }
        return objective.remembers() ? step.with(remembered(whole(batch, groups, step.reference()))) : step;
    }

    /** The scores of all rows of a batch. */
    private BatchScores whole(PreferenceRows batch, List<int[]> groups, ReferenceScores scores) {
        return joined(scored(batch, groups, scores), groups);
    }

    private static BatchScores joined(List<Scored> forwards, List<int[]> groups) {
        return BatchScores.joined(forwards.stream().map(Scored::scores).toList(), groups);
    }

    /** What the loss remembers once it has seen a whole batch. */
    private LossState remembered(BatchScores whole) {
        return memory.advance(before -> objective.advance(whole, before));
    }

    private Learnt learn(BatchContext step, PreferenceRows batch, int[] group) {
        PreferenceRows part = batch.select(group);
        RowLayout.Packed packed = layout.pack(part.items());
        Judgement whole = step.whole();
        // 4. pass
        try (Pass pass = policy.pass(packed.batch(), step.seed() + group[0])) {
            RowForward forward = forward(part, packed, pass);
            if (whole != null) {
                pass.backward(forward.gradients(whole.gradients(group)));
                return new Learnt(forward, null);
            }
            // 5. reference
            BatchScores scores = step.reference().beside(forward);
            // 6. loss
            Judgement judgement = judge(step, scores);
            // 7. backward
            pass.backward(forward.gradients(judgement.gradients()));
            return new Learnt(forward, judgement);
        }
    }

    /** What a pass says of the rows in it; how far the reference is from it where the loss asks. */
    private RowForward forward(PreferenceRows part, RowLayout.Packed packed, Pass pass) {
        return new RowForward(part, packed, pass.scores(), diverging == null ? null : pass.divergences(diverging));
    }

    /** What the loss makes of scores; one that needs the whole batch remembers it first. */
    private Judgement judge(BatchContext step, BatchScores scores) {
        LossState state = objective.needsWholeBatch() ? remembered(scores) : step.state();
        return objective.judge(scores, step.totals(), state);
    }

    /** The forwards of a batch without a backward, each beside the reference. */
    private List<Scored> scored(PreferenceRows batch, List<int[]> groups, ReferenceScores scores) {
        return policy.sideBySide(groups, group -> {
            RowForward forward = scored(batch.select(group), policy.weights());
            return new Scored(forward, scores.beside(forward));
        });
    }

    /** A forward of rows without a backward. */
    private RowForward scored(PreferenceRows part, Weights weights) {
        RowLayout.Packed packed = layout.pack(part.items());
        try (Pass pass = policy.forward(packed.batch(), weights)) {
            return forward(part, packed, pass);
        }
    }

    @Override
    public void commit(StepPlan plan) {
        memory.commit();
        reference.commit(plan);
    }

    @Override
    public void passOver(StepPlan plan) {
        reference.commit(plan);
    }

    @Override
    public boolean evaluates() {
        return held.size() > 0 || !guard.isEmpty();
    }

    @Override
    public Evaluation evaluate() {
        if (held.size() == 0) {
            return new Evaluation(guard.addedTo(StepMetrics.EMPTY), null);
        }
        List<int[]> groups = groups(held);
        BatchTotals totals = held.size() > 1 ? totals(held) : held.totals(layout.scorePrompts());
        LossState state = memory.state().forEvaluation();
        List<Scored> forwards = scored(held, groups, ofHeld);
        PreferenceFigures figures = new PreferenceFigures(held, objective, totals);
        forwards.forEach(each -> figures.add(each.forward()));
        if (objective.isUnpaired()) {
            for (int i = 0; i < groups.size(); i++) {
                figures.add(objective.judge(forwards.get(i).scores(), totals, state), groups.get(i));
            }
        } else {
            BatchScores whole = joined(forwards, groups);
            Judgement judged = objective.judge(whole, state);
            figures.add(judged);
            keeper.keep(true, held, whole.rows(), judged);
        }
        return new Evaluation(guard.addedTo(figures.ofEvaluation()), figures.rows());
    }

    /** Without held-out rows a pair of the training rows is scored once more, for the report. */
    @Override
    public void finish() {
        if (held.size() == 0 && keeper.keepsOneOf(rows)) {
            PreferenceRows one = rows.select(new int[] {PairKeeper.place(rows)});
            BatchScores scores = whole(one, groups(one), ofRows);
            keeper.keep(false, one, scores.rows(), objective.judge(scores, memory.state().forEvaluation()));
        }
    }

    @Override
    public void keepIn(Path run) {
        keeper.keepIn(run);
    }

    @Override
    public DeviceGauge device() {
        return policy.base().engine();
    }

    @Override
    public int rows() {
        return rows.size();
    }

    @Override
    public int inputRow(int row) {
        return rows.get(row).number();
    }

    @Override
    public TokenBudget budget() {
        return session.budget();
    }

    @Override
    public List<Forward> forwards(int[] places) {
        return rows.forwards(places, layout, budget().tokens());
    }

    @Override
    public List<Saved> parts() {
        return Stream.concat(Stream.of(session.state(), memory), reference.parts().stream())
                .toList();
    }
}
