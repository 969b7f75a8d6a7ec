package org.align4j.dpo;

import com.google.common.base.Suppliers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Guard;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
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
    private final DpoForwards forwards;
    private final BatchForwards batches;
    private final PreferenceRows rows;
    private final Supplier<ReferenceScores> ofRows;
    private final PreferenceRows held;
    private final Supplier<ReferenceScores> ofHeld;
    private final Guard guard;
    private final LossMemory memory;
    private final PairKeeper keeper;

    DpoRecipe(TrainingSession<?> session, DpoPlan plan) {
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().objective();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan);
        this.forwards = new DpoForwards(policy, objective, layout, reference::weights);
        this.batches = new BatchForwards(policy, forwards, this::groups);
        this.rows = PreferenceRows.of(session.rows().train());
        // Computed by prepare: executors of a cluster, which are told the scores of their rows, never ask.
        this.ofRows = Suppliers.memoize(() -> reference.scores(session.rows().train(), layout, forwards));
        this.held = PreferenceRows.of(session.rows().eval());
        this.ofHeld = Suppliers.memoize(() -> reference.scores(session.rows().eval(), layout, forwards));
        this.guard = session.guard();
        this.memory = new LossMemory(session.plan().engine().seed());
        this.keeper = new PairKeeper(session, objective, !plan.reference().is(ReferenceChoice.Kind.NONE));
    }

    /** Scores all rows under a reference that stays. */
    @Override
    public void prepare() {
        ofTraining();
        ofHeldOut();
    }

    private ReferenceScores ofTraining() {
        return ofRows.get();
    }

    private ReferenceScores ofHeldOut() {
        return ofHeld.get();
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        // 1. rows
        PreferenceRows batch = rows.select(plan.rows());
        ReferenceScores scores = reference.at(plan, ofTraining());

        // 2. pack
        List<int[]> groups = groups(batch);

        // 3. batch
        BatchTotals totals = totals(batch);
        policy.trainables().zeroGradients();
        BatchContext begun = new BatchContext(plan.seed(), scores, totals, memory.state(), null);
        BatchContext step = prepared(begun, batch, groups);

        // 4. pass, 5. reference, 6. loss, 7. backward: DpoForwards
        List<BatchForwards.Taken> taken = batches.take(forwards.learn(), step, batch, groups);
        if (step.seesWhole(objective, groups)) {
            remembered(taken.get(0).known());
        }

        // 8. figures
        PreferenceFigures figures = new PreferenceFigures(batch, objective, totals);
        for (int i = 0; i < taken.size(); i++) {
            figures.add(taken.get(i).forward());
            Judgement own = taken.get(i).judgement();
            if (own != null) {
                figures.add(own, groups.get(i));
            }
        }
        Judgement whole = step.whole();
        if (whole != null) {
            figures.add(whole);
        }
        StepOutcome outcome = figures.outcome(scores.report());
        if (plan.step() == 1) {
            // A loss that judged the whole batch first took its forwards without the scores.
            tellStart(
                    outcome.loss(),
                    () -> whole == null ? BatchForwards.joined(taken, groups) : whole(batch, groups, begun));
        }
        return outcome;
    }

    /** Says why a first loss is not that of a policy which equals its reference. */
    private void tellStart(double loss, Supplier<BatchScores> scores) {
        reference
                .difference()
                .flatMap(why -> new FirstLoss(objective, scores.get()).sentence(loss, why, memory.state()))
                .ifPresent(session.log()::note);
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
        return totals.withMismatched(
                batches.sums(mismatched, forwards.underPolicy()), batches.sums(mismatched, forwards.underReference()));
    }

    /** Lets a loss that needs it see all rows before any gradient: to judge them together, or to remember them. */
    private BatchContext prepared(BatchContext step, PreferenceRows batch, List<int[]> groups) {
        if (step.seesWhole(objective, groups)) {
            return step;
        }
        if (objective.needsWholeBatch()) {
            BatchScores whole = whole(batch, groups, step);
            return step.judgedAs(objective.judge(whole, step.totals(), remembered(whole)));
        }
        return objective.remembers() ? step.with(remembered(whole(batch, groups, step))) : step;
    }

    /** The scores of all rows of a batch. */
    private BatchScores whole(PreferenceRows batch, List<int[]> groups, BatchContext step) {
        return BatchForwards.joined(batches.take(forwards.score(), step, batch, groups), groups);
    }

    /** What the loss remembers once it has seen a whole batch. */
    private LossState remembered(BatchScores whole) {
        return memory.advance(before -> objective.advance(whole, before));
    }

    @Override
    public List<Round<?, ?>> rounds() {
        return forwards.rounds();
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
        List<BatchForwards.Taken> taken =
                batches.take(forwards.score(), new BatchContext(0, ofHeldOut(), totals, state, null), held, groups);
        PreferenceFigures figures = new PreferenceFigures(held, objective, totals);
        taken.forEach(each -> figures.add(each.forward()));
        if (objective.isUnpaired()) {
            for (int i = 0; i < groups.size(); i++) {
                figures.add(objective.judge(taken.get(i).known(), totals, state), groups.get(i));
            }
        } else {
            BatchScores whole = BatchForwards.joined(taken, groups);
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
            LossState state = memory.state().forEvaluation();
            BatchTotals totals = one.totals(layout.scorePrompts());
            BatchScores scores = whole(one, groups(one), new BatchContext(0, ofTraining(), totals, state, null));
            keeper.keep(false, one, scores.rows(), objective.judge(scores, state));
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
