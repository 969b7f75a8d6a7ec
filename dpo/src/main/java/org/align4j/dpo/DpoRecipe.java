package org.align4j.dpo;

import com.google.common.base.Suppliers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.round.Round;
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
    private final DpoForwards forwards;
    private final PreferenceRows rows;
    private final Supplier<ReferenceScores> ofRows;
    private final PreferenceRows held;
    private final Supplier<ReferenceScores> ofHeld;
    private final Guard guard;
    private final LossMemory memory;

    DpoRecipe(TrainingSession<?> session, DpoPlan plan) {
        this.session = session;
        this.policy = session.policy();
        this.objective = plan.loss().objective();
        this.layout = plan.layout(policy.decoder());
        this.reference = Reference.of(session, plan);
        this.forwards = new DpoForwards(policy, objective, layout, reference::weights);
        this.rows = PreferenceRows.of(session.rows().train());
        // Executors of a cluster are told the scores of their rows.
        this.ofRows = Suppliers.memoize(() -> reference.scores(session.rows().train(), layout, forwards));
        this.held = PreferenceRows.of(session.rows().eval());
        this.ofHeld = Suppliers.memoize(() -> reference.scores(session.rows().eval(), layout, forwards));
        this.guard = session.guard();
        this.memory = new LossMemory(session.plan().engine().seed());
    }

    /**
     * What the rows of a step are judged by beside their own scores.
     *
     * @param seed of the step's dropout
     * @param reference the reference's scores
     * @param totals of the whole batch
     * @param state what the loss remembers
     * @param whole what the loss made of the whole batch, where it needs that and the batch has several forwards
     */
    private record Step(
            long seed,
            ReferenceScores reference,
            BatchTotals totals,
            LossState state,
            @Nullable Judgement whole) {
        Step with(LossState remembered) {
            return new Step(seed, reference, totals, remembered, whole);
        }

        Step judgedAs(Judgement judgement) {
            return new Step(seed, reference, totals, state, judgement);
        }
    }

    /**
     * A forward that was taken.
     *
     * @param judgement null where its rows were not judged by themselves
     * @param scores what policy and reference say of its rows; null where the loss had seen them before
     */
    private record Taken(
            RowForward forward,
            @Nullable BatchScores scores,
            @Nullable Judgement judgement) {
        BatchScores known() {
            return Objects.requireNonNull(scores, "scores of a forward beside the reference");
        }
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        // 1. rows
        PreferenceRows batch = rows.select(plan.rows());
        ReferenceScores scores = reference.at(plan, ofRows.get());

        // 2. pack
        List<int[]> groups = groups(batch);

        // 3. batch
        BatchTotals totals = totals(batch);
        policy.trainables().zeroGradients();
        Step step = prepared(new Step(plan.seed(), scores, totals, memory.state(), null), batch, groups);

        // 4. pass, 5. reference, 6. loss, 7. backward: DpoForwards
        List<Taken> taken = take(forwards.learn(), step, batch, groups);
        if (seesWhole(step, groups)) {
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
        return totals.withMismatched(
                sums(mismatched, forwards.underPolicy()), sums(mismatched, forwards.underReference()));
    }

    /** {@code [rows]} the log-probability of each row's first answer. */
    private double[] sums(PreferenceRows some, Round<PreferenceRows, TokenScores> round) {
        List<int[]> groups = groups(some);
        List<PreferenceRows> parts = groups.stream().map(some::select).toList();
        List<TokenScores> scores = policy.take(round, parts);
        double[] sums = new double[some.size()];
        for (int i = 0; i < parts.size(); i++) {
            RowLayout.Packed packed = forwards.pack(parts.get(i));
            for (int row = 0; row < groups.get(i).length; row++) {
                sums[groups.get(i)[row]] =
                        scores.get(i).sum(packed.answers().get(row).get(0));
            }
        }
        return sums;
    }

    /** Lets a loss that needs it see all rows before any gradient: to judge them together, or to remember them. */
    private Step prepared(Step step, PreferenceRows batch, List<int[]> groups) {
        if (seesWhole(step, groups)) {
            return step;
        }
        if (objective.needsWholeBatch()) {
            BatchScores whole = whole(batch, groups, step);
            return step.judgedAs(objective.judge(whole, step.totals(), remembered(whole)));
        }
        return objective.remembers() ? step.with(remembered(whole(batch, groups, step))) : step;
    }

    /** Whether one forward holds the whole batch of a loss that must see it. */
    private boolean seesWhole(Step step, List<int[]> groups) {
        return objective.needsWholeBatch() && groups.size() == 1 && step.whole() == null;
    }

    /** The scores of all rows of a batch. */
    private BatchScores whole(PreferenceRows batch, List<int[]> groups, Step step) {
        return BatchScores.joined(
                take(forwards.score(), step, batch, groups).stream().map(Taken::known).toList(), groups);
    }

    /** What the loss remembers once it has seen a whole batch. */
    private LossState remembered(BatchScores whole) {
        return memory.advance(before -> objective.advance(whole, before));
    }

    /** Takes the forwards of a batch, each beside the reference. */
    private List<Taken> take(
            Round<DpoForwards.Share, DpoForwards.Said> round, Step step, PreferenceRows batch, List<int[]> groups) {
        List<RowLayout.Packed> packed = new ArrayList<>();
        List<DpoForwards.Share> shares = new ArrayList<>();
        for (int[] group : groups) {
            PreferenceRows part = batch.select(group);
            packed.add(forwards.pack(part));
            shares.add(share(step, part, packed.get(packed.size() - 1), group, seesWhole(step, groups)));
        }
        List<DpoForwards.Said> said = policy.take(round, shares);
        return IntStream.range(0, groups.size())
                .mapToObj(i -> taken(step, shares.get(i), packed.get(i), said.get(i)))
                .toList();
    }

    private static DpoForwards.Share share(
            Step step, PreferenceRows part, RowLayout.Packed packed, int[] group, boolean whole) {
        Judgement judged = step.whole();
        return new DpoForwards.Share(
                part,
                judged == null ? step.reference().known(part, packed) : null,
                step.seed() + group[0],
                step.totals(),
                step.state(),
                whole,
                judged == null ? null : judged.gradients(group));
    }

    private static Taken taken(Step step, DpoForwards.Share share, RowLayout.Packed packed, DpoForwards.Said said) {
        RowForward forward = new RowForward(share.rows(), packed, said.tokens(), said.divergences());
        double[][][] known = share.reference() == null ? said.reference() : share.reference();
        if (known == null) {
            return new Taken(forward, null, said.judgement());
        }
        BatchScores scores = forward.beside(known);
        step.reference().saw(forward, scores);
        return new Taken(forward, scores, said.judgement());
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
        List<Taken> taken = take(forwards.score(), new Step(0, ofHeld.get(), totals, state, null), held, groups);
        PreferenceFigures figures = new PreferenceFigures(held, objective, totals);
        taken.forEach(each -> figures.add(each.forward()));
        if (objective.isUnpaired()) {
            for (int i = 0; i < groups.size(); i++) {
                figures.add(objective.judge(taken.get(i).known(), totals, state), groups.get(i));
            }
        } else {
            List<BatchScores> parts = taken.stream().map(Taken::known).toList();
            figures.add(objective.judge(BatchScores.joined(parts, groups), state));
        }
        return new Evaluation(guard.addedTo(figures.ofEvaluation()), figures.rows());
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
