package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.policy.GradientTree.Node;
import org.align4j.core.policy.GradientTree.Placed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientTreeTest {
    private static final int VALUES = 5;

    /** The sum as the definition has it: halves of the next power of two, an empty right half counts for nothing. */
    private static float oracle(float[] slices, int from, int size) {
        if (size == 1) {
            return slices[from];
        }
        float left = oracle(slices, from, size / 2);
        int middle = from + size / 2;
        return middle < slices.length ? left + oracle(slices, middle, size / 2) : left;
    }

    private static float[] drawn(int slices, long seed) {
        Random random = new Random(seed);
        float[] drawn = new float[slices];
        for (int i = 0; i < slices; i++) {
            drawn[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(7) - 3));
        }
        return drawn;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 7, 8, 21, 64, 100})
    void theSumIsThatOfTheTreeInWhateverOrderSlicesCome(int slices) {
        float[][] drawn = IntStream.range(0, VALUES)
                .mapToObj(value -> drawn(slices, value))
                .toArray(float[][]::new);
        int whole = Integer.highestOneBit(Math.max(1, 2 * slices - 1));
        try (Scope scope = Engine.cpu().open();
                Trainables target = trainables(scope);
                GradientTree tree = new GradientTree(target)) {
            for (int seed = 0; seed < 4; seed++) {
                List<Integer> order =
                        new ArrayList<>(IntStream.range(0, slices).boxed().toList());
                Collections.shuffle(order, new Random(seed));
                target.zeroGradients();
                for (int slice : order) {
                    add(tree, slice, drawn);
                    if (slice % 3 == 0) {
                        add(tree, slice, drawn); // taken twice
                    }
                }
                assertThat(tree.nodes()).hasSize(1);
                tree.moveTo(target);
                assertThat(tree.nodes()).isEmpty();
                float[] sums = gradients(target);
                for (int value = 0; value < VALUES; value++) {
                    assertThat(sums[value]).isEqualTo(oracle(drawn[value], 0, whole));
                }
            }
        }
    }

    private static Trainables trainables(Scope scope) {
        Trainables trainables = new Trainables(scope.inner());
        trainables.add("a", "a.weight", scope.zeros(VALUES), true, Dtype.F32);
        return trainables;
    }

    private static void add(GradientTree tree, int slice, float[][] drawn) {
        Trainables lent = tree.lend();
        FloatBuffer values = FloatBuffer.allocate(VALUES);
        for (float[] of : drawn) {
            values.put(of[slice]);
        }
        lent.setGradients(Trainables.next(values.flip()));
        tree.add(slice, drawn[0].length, lent);
    }

    private static float[] gradients(Trainables target) {
        FloatBuffer values = FloatBuffer.allocate(VALUES);
        target.copyGradients(values::put);
        return values.array();
    }

    /** Shares of several executors, each added up by itself, meet in the same sum. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7})
    void sharesMeetInTheSameSum(int executors) {
        int slices = 43;
        float[] drawn = drawn(slices, 3);
        Deque<Placed<Float>> stack = new ArrayDeque<>();
        for (int executor = 0; executor < executors; executor++) {
            int from = executor * slices / executors;
            int to = (executor + 1) * slices / executors;
            for (Node node : GradientTree.covering(from, to, slices)) {
                float sum = oracle(Arrays.copyOf(drawn, to), (int) node.first(), 1 << node.level());
                GradientTree.join(stack, new Placed<>(node, sum), slices, Float::sum);
            }
        }
        assertThat(stack).hasSize(1);
        assertThat(stack.getLast()).isEqualTo(new Placed<>(new Node(6, 0), oracle(drawn, 0, 64)));
    }

    @Test
    void aRunOfSlicesIsCoveredByTheLargestPlacesWithinIt() {
        assertThat(GradientTree.covering(0, 8, 64)).containsExactly(new Node(3, 0));
        assertThat(GradientTree.covering(3, 12, 64)).containsExactly(new Node(0, 3), new Node(2, 1), new Node(2, 2));
        assertThat(GradientTree.covering(21, 43, 64))
                .containsExactly(
                        new Node(0, 21),
                        new Node(1, 11),
                        new Node(3, 3),
                        new Node(3, 4),
                        new Node(1, 20),
                        new Node(0, 42));
        assertThat(GradientTree.covering(5, 5, 64)).isEmpty();
        assertThat(GradientTree.covering(768, 1000, 1000)).containsExactly(new Node(8, 3)); // none after 1000
        assertThat(GradientTree.covering(0, 5, 5)).containsExactly(new Node(3, 0));
        assertThat(GradientTree.covering(3, 5, 5)).containsExactly(new Node(0, 3), new Node(2, 1));
    }
}
