package org.align4j.ppo.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.LimitReached;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.options.PpoPlan;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.Passes;
import org.jspecify.annotations.Nullable;

/**
 * What scored rollouts do to policy and critic: compare, credit, improve. Where memory is refused, policy and critic go back to where
 * they were and the same rollouts are taken again in smaller forwards; where anything else goes wrong, they go back too.
 *
 * @param critic null for a method without one
 */
record PolicyUpdate(
        TrainingSession<PromptTokens> session,
        PpoPlan plan,
        @Nullable Critic critic) {

    /**
     * Where a step stands in the run.
     *
     * @param number of the step, from 1
     * @param seed of the order of its passes
     * @param learningRate the policy's
     * @param memory as the step before left it
     */
    record Step(int number, long seed, double learningRate, Memory.State memory) {}

    /**
     * What was done.
     *
     * @param report of the rollouts before anything moved
     * @param sums over the updates
     */
    record Done(StepMetrics report, Compared compared, Credit credit, Sums sums) {}

    /**
     * Takes a step.
     *
     * @throws LimitReached where the policy before it has gone too far
     */
    Done take(Step step, Experience experience, Phases phases) {
        return session.budget().withinMemory(() -> {
            // 3. compare
            Layout layout = layout(experience.responses());
            Passes passes = passes(layout, experience, step.seed);
            Compared compared = phases.timed("compare", () -> compare(layout, experience, passes));
            // 4. credit
            double coefficient = step.memory.klCoefficient();
            Credit credit = Credit.of(plan, experience, compared, coefficient);
            StepMetrics report = StepReport.of(experience, compared, credit.kl(), coefficient);
            requireWithinLimits(report, step.memory.firstLength(experience.meanLength()));
            // 5. improve
            PolicyObjective objective = PolicyObjective.of(plan, compared, credit, coefficient, meanTotals(passes));
            Sums sums = orAsBefore(() -> phases.timed(
                    "improve",
                    () -> new Improvement(plan, policy(), session.optimizer(), critic)
                            .run(passes, objective, compared, credit, rates(step))));
            return new Done(report, compared, credit, sums);
        });
    }

    private Policy policy() {
        return session.policy();
    }

    private Layout layout(List<Completion> responses) {
        return new Layout(
                responses, session.budget().tokens(), policy().decoder().lengthBoundary());
    }

    private Passes passes(Layout layout, Experience experience, long seed) {
        return Passes.plan(
                layout,
                PolicyObjective.units(plan, experience),
                plan.improvement().epochs(),
                plan.improvement().miniBatches(),
                seed);
    }

    /** The first pass's forwards; where it doesn't take every response, forwards of the others besides. */
    private Compared compare(Layout layout, Experience experience, Passes passes) {
        List<Layout.Packed> forwards = new ArrayList<>(passes.first());
        boolean[] seen = new boolean[experience.size()];
        forwards.forEach(forward -> Arrays.stream(forward.rollouts()).forEach(i -> seen[i] = true));
        forwards.addAll(layout.forwards(each(IntStream.range(0, seen.length).filter(i -> !seen[i]))));
        return Compared.of(experience.size(), forwards, policy(), this::scoreReference, critic);
    }

    /** Without a critic, of responses that nothing is learnt from. */
    Compared compare(Experience experience) {
        List<Layout.Packed> forwards =
                layout(experience.responses()).forwards(each(IntStream.range(0, experience.size())));
        return Compared.of(experience.size(), forwards, policy(), this::scoreReference, null);
    }

    private static List<int[]> each(IntStream responses) {
        return responses.mapToObj(i -> new int[] {i}).toList();
    }

    private TokenScores scoreReference(PackedBatch batch) {
        return session.startsFromAdapter() ? policy().scoreStart(batch) : policy().scoreBase(batch);
    }

    private static Averaging.Totals meanTotals(Passes passes) {
        List<List<Layout.Packed>> first = passes.epochs().get(0);
        Averaging.Totals all = Improvement.totals(passes.first());
        int parts = Math.max(1, first.size());
        return new Averaging.Totals(
                Math.max(1, all.responses() / parts), Math.max(1, Math.round((double) all.tokens() / parts)));
    }

    private void requireWithinLimits(StepMetrics report, double firstLength) {
        plan.stopRules()
                .broken(
                        report.get("objective/kl").orElseThrow(),
                        report.get("responses/length").orElseThrow(),
                        firstLength,
                        report.get("objective/entropy").orElseThrow())
                .ifPresent(limit -> {
                    throw new LimitReached(limit);
                });
    }

    private Improvement.Rates rates(Step step) {
        double share = step.learningRate / plan.recipe().optimizer().learningRate();
        boolean alone = critic != null && step.number <= plan.value().warmupSteps();
        return new Improvement.Rates(
                step.number, alone ? 0 : step.learningRate, plan.value().learningRate() * share, alone);
    }

    private Sums orAsBefore(Supplier<Sums> moving) {
        try (TrainedCopy ofPolicy = session.copy();
                TrainedCopy ofCritic = critic == null ? null : critic.copy()) {
            try {
                return moving.get();
            } catch (RuntimeException | Error cutShort) {
                StopSignal.defer(() -> {
                    ofPolicy.restore();
                    if (ofCritic != null) {
                        ofCritic.restore();
                    }
                });
                throw cutShort;
            }
        }
    }

    /**
     * Takes the largest forwards that a step may have, and forgets them: responses that run into their limit to the longest of the
     * prompts. Nothing moves, and an update begins with zero gradients.
     */
    void tryOut(List<PromptTokens> prompts) {
        List<Completion> responses = prompts.stream()
                .sorted(Comparator.comparingInt(PromptTokens::tokens).reversed())
                .limit(plan.rollouts().prompts())
                .flatMap(prompt ->
                        IntStream.range(0, plan.rollouts().samples()).mapToObj(sample -> longest(prompt, sample)))
                .toList();
        double[] scores = IntStream.range(0, responses.size()).asDoubleStream().toArray();
        Experience experience =
                new Experience(responses, scores, plan.rollouts().samples());
        List<int[]> units = PolicyObjective.units(plan, experience).stream()
                .flatMap(List::stream)
                .toList();
        session.budget().withinMemory(() -> {
            StopSignal.throwIfStopped();
            List<Layout.Packed> forwards = layout(responses).forwards(units);
            Stream.of(largest(forwards, PackedBatch::size), largest(forwards, PackedBatch::attentionCells))
                    .distinct()
                    .forEach(this::forget);
            return true;
        });
    }

    private Completion longest(PromptTokens prompt, int sample) {
        int room = Math.min(plan.rollouts().drawing().maxNewTokens(), session.maxLength() - prompt.tokens());
        int[] ids = new int[Math.max(1, room)];
        Arrays.fill(ids, prompt.prompt()[0]);
        return new Completion(prompt, sample, ids, null, false);
    }

    private static Layout.Packed largest(List<Layout.Packed> forwards, ToLongFunction<PackedBatch> size) {
        return forwards.stream()
                .max(Comparator.comparingLong(forward -> size.applyAsLong(forward.batch())))
                .orElseThrow();
    }

    private void forget(Layout.Packed forward) {
        float[] nothing = new float[forward.batch().scored()];
        boolean entropies = plan.improvement().entropyCoefficient() != 0;
        policy().accumulateTokens(
                        forward.batch(), seen -> new Policy.TokenCoefficients(nothing, entropies ? nothing : null));
        if (critic != null) {
            critic.accumulate(forward.batch(), values -> nothing);
        }
    }
}
