package org.align4j.ppo.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The order in which a step's rollouts are learnt from: each epoch takes each unit once, in a seeded order that keeps
 * responses to one prompt together, cut into mini-batches of (as nearly as can be) one size.
 *
 * @param epochs {@code [epochs][mini-batches]} the forwards of each optimizer step
 */
public record Passes(List<List<List<Layout.Packed>>> epochs) {

    /**
     * Plans the passes over a step's rollouts.
     *
     * @param prompts {@code [prompts][units]} units of responses, prompt by prompt
     */
    public static Passes plan(Layout layout, List<List<int[]>> prompts, int epochs, int miniBatches, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<List<Layout.Packed>>> all = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            List<int[]> units = new ArrayList<>();
            for (int prompt : order(prompts.size(), random)) {
                units.addAll(prompts.get(prompt));
            }
            List<List<Layout.Packed>> steps = new ArrayList<>();
            int parts = Math.min(miniBatches, units.size());
            for (int part = 0; part < parts; part++) {
                int from = (int) ((long) units.size() * part / parts);
                int to = (int) ((long) units.size() * (part + 1) / parts);
                steps.add(layout.forwards(units.subList(from, to)));
            }
            all.add(List.copyOf(steps));
        }
        return new Passes(List.copyOf(all));
    }

    private static int[] order(int count, SplittableRandom random) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    /** The forwards of the first epoch, which see every rollout that is learnt from once. */
    public List<Layout.Packed> first() {
        return epochs.get(0).stream().flatMap(List::stream).toList();
    }

    /** The forwards of the first epoch, and others of the responses that it leaves out: together they see each response once. */
    public List<Layout.Packed> coveringAll(Layout layout) {
        List<Layout.Packed> forwards = new ArrayList<>(first());
        boolean[] seen = new boolean[layout.responses().size()];
        forwards.forEach(forward -> Arrays.stream(forward.rollouts()).forEach(i -> seen[i] = true));
        forwards.addAll(layout.forwardsOf(IntStream.range(0, seen.length).filter(i -> !seen[i])));
        return forwards;
    }
}
