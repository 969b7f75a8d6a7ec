package org.align4j.ppo.rollout;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.jspecify.annotations.Nullable;

/**
 * How responses become forwards: those with one prompt share it. Responses are token ids as they were drawn.
 *
 * @param responses of a step
 * @param own {@code [responses][T]} which tokens of each the policy drew; null: all. Others are read and not scored
 * @param microBatchTokens tokens in one forward
 * @param boundary {@link org.align4j.core.model.Decoder#lengthBoundary} of the model
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
public record Layout(List<Completion> responses, boolean @Nullable [][] own, int microBatchTokens, int boundary) {
    /** Lays out responses of which the policy drew every token. */
    public Layout(List<Completion> responses, int microBatchTokens, int boundary) {
        this(responses, null, microBatchTokens, boundary);
    }

    /**
     * Holds the responses of one forward.
     *
     * @param batch the forward
     * @param rollouts {@code [n]} places of the responses in the step
     * @param spans {@code [n]} where their tokens' scores lie
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    public record Packed(PackedBatch batch, int[] rollouts, List<Span> spans) implements Serializable {
        /** The responses' parts of numbers in the batch's order, {@code [n][T]}. */
        public double[][] split(float[] values) {
            double[][] rows = new double[rollouts.length][];
            for (int i = 0; i < rows.length; i++) {
                Span span = spans.get(i);
                rows[i] = new double[span.length()];
                for (int t = 0; t < rows[i].length; t++) {
                    rows[i][t] = values[span.from() + t];
                }
            }
            return rows;
        }

        /** The inverse of {@link #split}. */
        public float[] join(double[][] rows) {
            float[] values = new float[batch.scored()];
            for (int i = 0; i < rows.length; i++) {
                for (int t = 0; t < rows[i].length; t++) {
                    values[spans.get(i).from() + t] = (float) rows[i][t];
                }
            }
            return values;
        }

        /** Picks the rows of this forward from what a step has, {@code [n]} of {@code [B]}. */
        public double[][] of(double[][] all) {
            return Arrays.stream(rollouts).mapToObj(i -> all[i]).toArray(double[][]::new);
        }

        /** Puts the rows of a forward into those of a step. */
        public void put(double[][] rows, double[][] all) {
            for (int i = 0; i < rows.length; i++) {
                all[rollouts[i]] = rows[i];
            }
        }
    }

    /**
     * Forwards of some units of responses.
     *
     * @param units {@code [units][n]} responses to one prompt that must be in one forward, by place
     */
    public List<Packed> forwards(List<int[]> units) {
        RowLayout layout = RowLayout.SHARED.within(boundary);
        List<RowLayout.Item> items = units.stream().map(this::item).toList();
        return layout.groups(items, microBatchTokens).stream()
                .map(group -> {
                    RowLayout.Packed packed = layout.pack(
                            Arrays.stream(group).mapToObj(items::get).toList());
                    int[] rollouts = Arrays.stream(group)
                            .mapToObj(units::get)
                            .flatMapToInt(Arrays::stream)
                            .toArray();
                    List<Span> spans =
                            packed.answers().stream().flatMap(List::stream).toList();
                    return new Packed(packed.batch(), rollouts, spans);
                })
                .toList();
    }

    /** Forwards of some responses, each by itself a unit. */
    public List<Packed> forwardsOf(IntStream places) {
        return forwards(places.mapToObj(i -> new int[] {i}).toList());
    }

    private RowLayout.Item item(int[] unit) {
        int[][] answers =
                Arrays.stream(unit).mapToObj(i -> responses.get(i).ids()).toArray(int[][]::new);
        boolean[][] all = own;
        boolean[][] scored =
                all == null ? null : Arrays.stream(unit).mapToObj(i -> all[i]).toArray(boolean[][]::new);
        return new RowLayout.Item(responses.get(unit[0]).prompt().prompt(), answers, scored);
    }

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
}
