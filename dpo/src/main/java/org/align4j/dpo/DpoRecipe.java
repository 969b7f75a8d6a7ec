package org.align4j.dpo;

import com.google.common.base.Suppliers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.files.Saved;
import org.align4j.core.machine.DeviceGauge;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Scorer;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.Guard;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.dpo.DpoForwards.Scored;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
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
    private final PreferenceRows rows;
    private final Supplier<ReferenceScores> ofRows;
    private final PreferenceRows held;
    private final Supplier<ReferenceScores> ofHeld;
    private final Guard guard;
    private final LossMemory memory;
    private final PairKeeper keeper;
    private final Way way;

    DpoRecipe(TrainingSession<?> session, DpoPlan plan) {
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().objective();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan);
        this.forwards = new DpoForwards(policy, objective, layout, reference::weights);
        this.rows = PreferenceRows.of(session.rows().train());
        // Computed by prepare: executors of a cluster, which are told the scores of their rows, never ask.
        this.ofRows = Suppliers.memoize(() -> reference.scores(session.rows().train(), layout, forwards));
        this.held = PreferenceRows.of(session.rows().eval());
        this.ofHeld = Suppliers.memoize(() -> reference.scores(session.rows().eval(), layout, forwards));
        this.guard = session.guard();
        this.memory = new LossMemory(session.plan().machine().engine().seed());
        this.keeper = new PairKeeper(session, objective, !plan.reference().is(ReferenceChoice.Kind.NONE));
        this.way = objective.needsWholeBatch() ? this::wholeBatch : this::eachForwardByItself;
    }

    /** Scores all rows under a reference that stays. */
    @Override
    public void prepare() {
        List<ReferenceScores> unused = List.of(ofRows.get(), ofHeld.get());
    }

    /**
     * Rows that a loss sees together.
     *
     * @param cut the rows that share a forward
     * @param compared the reference's log-probabilities
     */
    private record Batch(PreferenceRows rows, Scorer cut, ReferenceScores compared, BatchTotals totals) {
        List<DpoForwards.Rows> parts() {
            return cut.groups().stream()
                    .map(rows::select)
                    .map(part -> new DpoForwards.Rows(part, compared.known(part)))
                    .toList();
        }

        /** What policy and reference say of all rows. */
        BatchScores scores(List<Scored> parts) {
            return new BatchScores(
                    cut.inOrder(parts.stream().map(part -> part.scores().rows()).toList()));
        }
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        // 1. rows
        PreferenceRows step = rows.select(plan.rows());
        // 2. pack, 3. batch
        Batch batch = new Batch(step, cut(step), reference.at(plan, ofRows.get()), totals(step));
        policy.trainables().zeroGradients();
        PreferenceFigures figures = new PreferenceFigures(step, objective, batch.totals);
        // 4. pass, 5. reference, 6. loss, 7. backward: DpoForwards
        BatchScores scores = way.differentiate(batch, plan.seed(), figures);
        // 8. figures
        StepOutcome outcome = figures.outcome(batch.compared.report());
        if (plan.step() == 1) {
            tellStart(outcome.loss(), scores);
        }
        return outcome;
    }

    /** How a batch's loss comes to its derivatives; returns what policy and reference say of all rows. */
    private interface Way {
        BatchScores differentiate(Batch batch, long seed, PreferenceFigures figures);
    }

    /** The way of a loss that is a mean over rows. What it remembers of the batch it must see before, in forwards of their own. */
    private BatchScores eachForwardByItself(Batch batch, long seed, PreferenceFigures figures) {
        LossState state = objective.remembers() ? remembered(batch.scores(score(batch))) : memory.state();
        return computeLoss(batch, seed, state, figures);
    }

    /** The way of a loss that sees the whole batch at once: all rows are scored, and then differentiated. */
    private BatchScores wholeBatch(Batch batch, long seed, PreferenceFigures figures) {
        if (batch.cut.groups().size() == 1) { // one forward has all rows: scoring them first would only repeat it
            BatchScores scores = computeLoss(batch, seed, memory.state(), figures);
            LossState unused = remembered(scores);
            return scores;
        }
        BatchScores scores = batch.scores(score(batch));
        differentiate(batch, seed, objective.evaluate(scores, batch.totals, remembered(scores)), figures);
        return scores;
    }

    /** Has each forward compute the loss of its own rows; returns what policy and reference say of them. */
    private BatchScores computeLoss(Batch batch, long seed, LossState state, PreferenceFigures figures) {
        List<int[]> groups = batch.cut.groups();
        List<DpoForwards.Rows> parts = batch.parts();
        List<DpoForwards.OwnRows> requests = IntStream.range(0, parts.size())
                .mapToObj(i -> new DpoForwards.OwnRows(
                        parts.get(i), seed + groups.get(i)[0], batch.totals, state, objective.needsWholeBatch()))
                .toList();
        List<DpoForwards.RowsLoss> evaluated = policy.take(forwards.losses, requests);
        List<Scored> scored =
                evaluated.stream().map(DpoForwards.RowsLoss::scored).toList();
        see(batch, parts, scored);
        for (int i = 0; i < evaluated.size(); i++) {
            figures.add(scored.get(i).computed());
            figures.add(evaluated.get(i).loss(), groups.get(i));
        }
        return batch.scores(scored);
    }

    /** Has each forward carry back what a loss made of the whole batch. */
    private void differentiate(Batch batch, long seed, BatchLoss whole, PreferenceFigures figures) {
        List<DpoForwards.Derivatives> requests = batch.cut.groups().stream()
                .map(group ->
                        new DpoForwards.Derivatives(batch.rows.select(group), seed + group[0], whole.gradients(group)))
                .toList();
        policy.take(forwards.differentiate, requests).forEach(figures::add);
        figures.add(whole);
    }

    private List<Scored> score(Batch batch) {
        List<DpoForwards.Rows> parts = batch.parts();
        List<Scored> scored = policy.take(forwards.score, parts);
        see(batch, parts, scored);
        return scored;
    }

    private static void see(Batch batch, List<DpoForwards.Rows> parts, List<Scored> scored) {
        for (int i = 0; i < parts.size(); i++) {
            batch.compared.saw(parts.get(i).rows(), scored.get(i).scores());
        }
    }

    /** Says why a first loss is not that of a policy which equals its reference. */
    private void tellStart(double loss, BatchScores scores) {
        reference
                .difference()
                .flatMap(why -> new FirstLoss(objective, scores).sentence(loss, why, memory.state()))
                .ifPresent(session.log()::note);
    }

    private Scorer cut(PreferenceRows some) {
        return new Scorer(some.groups(layout, budget().tokens()));
    }

    /**
     * Returns the totals over a batch that its losses share. KTO's z needs another row's answer to each prompt, under policy and
     * reference.
     */
    private BatchTotals totals(PreferenceRows batch) {
        BatchTotals totals = batch.totals(layout.scorePrompts());
        if (!objective.traits().contains(Trait.NEEDS_MISMATCHED_ROWS)) {
            return totals;
        }
        PreferenceRows mismatched = batch.mismatched();
        return totals.withMismatched(sums(mismatched, forwards.underPolicy), sums(mismatched, forwards.underReference));
    }

    /** {@code [rows]} the log-probability of each row's first answer. */
    private double[] sums(PreferenceRows some, Round<PreferenceRows, double[][][]> round) {
        List<double[][]> tokens = cut(some)
                .score(
                        some.rows(),
                        parts -> policy
                                .take(
                                        round,
                                        parts.stream().map(PreferenceRows::new).toList())
                                .stream()
                                .map(List::of)
                                .toList());
        return tokens.stream().mapToDouble(answers -> sum(answers[0])).toArray();
    }

    private static double sum(double[] tokens) {
        double sum = 0;
        for (double token : tokens) {
            sum += token;
        }
        return sum;
    }

    /** What the loss remembers once it has seen a whole batch; kept when the step is applied. */
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
    public void skipStep(StepPlan plan) {
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
        BatchTotals totals = held.size() > 1 ? totals(held) : held.totals(layout.scorePrompts());
        Batch batch = new Batch(held, cut(held), ofHeld.get(), totals);
        LossState state = memory.state().forEvaluation();
        List<Scored> scored = score(batch);
        PreferenceFigures figures = new PreferenceFigures(held, objective, totals);
        scored.forEach(each -> figures.add(each.computed()));
        if (objective.isUnpaired()) {
            for (int i = 0; i < scored.size(); i++) {
                BatchLoss part = objective.evaluate(scored.get(i).scores(), totals, state);
                figures.add(part, batch.cut.groups().get(i));
            }
        } else {
            BatchScores whole = batch.scores(scored);
            BatchLoss evaluated = objective.evaluate(whole, state);
            figures.add(evaluated);
            keeper.keep(true, held, whole.rows(), evaluated);
        }
        return new Evaluation(guard.addedTo(figures.ofEvaluation()), figures.rows());
    }

    /** Scores a pair of the training rows once more for the report where there are no held-out rows. */
    @Override
    public void finish() {
        if (held.size() == 0 && keeper.keepsOneOf(rows)) {
            PreferenceRows one = rows.select(new int[] {PairKeeper.place(rows)});
            Batch batch = new Batch(one, cut(one), ofRows.get(), one.totals(layout.scorePrompts()));
            BatchScores scores = batch.scores(score(batch));
            keeper.keep(
                    false,
                    one,
                    scores.rows(),
                    objective.evaluate(scores, memory.state().forEvaluation()));
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
