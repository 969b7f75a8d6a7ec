package org.align4j.ppo.rollout;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.generate.Completion;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;

/**
 * How responses become forwards: those with one prompt share it. Responses are token ids as they were drawn.
 *
 * @param responses of a step
 * @param microBatchTokens tokens in one forward
 * @param boundary {@link org.align4j.core.model.Decoder#lengthBoundary} of the model
 */
public record Layout(List<Completion> responses, int microBatchTokens, int boundary) {

    /**
     * Some responses in one forward.
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

        /** Puts rows where they belong among a step's. */
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
        return new RowLayout.Item(responses.get(unit[0]).prompt().prompt(), answers);
    }
}
