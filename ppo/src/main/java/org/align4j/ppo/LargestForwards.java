package org.align4j.ppo;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.stop.StopSignal;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Experience.Scores;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/**
 * The largest forwards that a step of PPO may have: responses that run into their limit to the longest of the prompts.
 *
 * @param critic null for a method without one
 */
record LargestForwards(
        TrainingSession<PromptTokens> session,
        PpoPlan plan,
        @Nullable Critic critic) {

    /** Runs passes over the prompts and discards their results. Nothing moves, and an update begins with zero gradients. */
    void tryOut(List<PromptTokens> prompts) {
        List<Completion> responses = prompts.stream()
                .sorted(Comparator.comparingInt(PromptTokens::tokens).reversed())
                .limit(plan.rollouts().prompts())
                .flatMap(prompt ->
                        IntStream.range(0, plan.rollouts().samples()).mapToObj(sample -> longest(prompt, sample)))
                .toList();
        double[] scores = IntStream.range(0, responses.size()).asDoubleStream().toArray();
        Experience experience =
                new Experience(responses, Scores.of(scores), plan.rollouts().samples());
        List<int[]> units = experience.units(plan.algorithm().learnsFromPairs()).stream()
                .flatMap(List::stream)
                .toList();
        int boundary = session.policy().decoder().lengthBoundary();
        session.budget().withinMemory(() -> {
            StopSignal.throwIfStopped();
            List<Layout.Packed> forwards =
                    new Layout(responses, session.budget().tokens(), boundary).forwards(units);
            Stream.of(largest(forwards, PackedBatch::size), largest(forwards, PackedBatch::attentionCells))
                    .distinct()
                    .forEach(this::forget);
            return true;
        });
    }

    private Completion longest(PromptTokens prompt, int sample) {
        int room = Math.min(plan.longestResponse(), session.maxLength() - prompt.tokens());
        int[] ids = new int[Math.max(1, room)];
        Arrays.fill(ids, prompt.prompt()[0]);
        return new Completion(prompt, sample, ids, null, false);
    }

    private static PackedBatch largest(List<Layout.Packed> forwards, ToLongFunction<PackedBatch> size) {
        return forwards.stream()
                .map(Layout.Packed::batch)
                .max(Comparator.comparingLong(size))
                .orElseThrow();
    }

    private void forget(PackedBatch batch) {
        Policy policy = session.policy();
        float[] nothing = new float[batch.scored()];
        boolean entropies = plan.learning().improvement().entropyCoefficient() != 0;
        try (Pass pass = policy.pass(batch, null)) {
            pass.backward(new TokenGradients(nothing, entropies ? nothing : null, null));
        }
        if (critic != null) {
            try (ScorePass pass = critic.pass(batch)) {
                pass.backward(nothing);
            }
        }
    }
}
