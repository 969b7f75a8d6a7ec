package org.align4j.core.model.layer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorList;
import org.align4j.core.model.AttentionCore;
import org.align4j.core.model.Reach;
import org.align4j.core.model.layer.PackedAttention.AttentionCut;
import org.align4j.core.model.layer.PackedAttention.Masks;
import org.align4j.core.pack.AttentionTiles;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.RowBlock;
import org.align4j.core.pack.TokenTree;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Long blocks attend by tiles: the result and the gradients are those of all scores held at once, whatever a row sees. */
class AttentionTilesTest {
    private static final int KEY_HEADS = 2;
    private static final int HEADS = 6;
    private static final int WIDTH = 8;
    private static final int VALUE_WIDTH = 12;

    /** A short row, a long one, and a prompt with a short and a long answer. */
    private static final PackedBatch PACK = PackedBatch.of(List.of(
            TokenTree.of(new int[0], new int[77]),
            TokenTree.of(new int[0], new int[901]),
            TokenTree.of(new int[603], new int[40], new int[333])));

    static Stream<Arguments> reaches() {
        return Stream.of(
                Arguments.of(Reach.ALL, 0.0),
                Arguments.of(Reach.ALL, 2.0),
                Arguments.of(Reach.window(1), 0.0),
                Arguments.of(Reach.window(70), 0.0),
                Arguments.of(Reach.window(256), 2.0),
                Arguments.of(Reach.window(500), 0.0),
                Arguments.of(Reach.window(5000), 0.0),
                Arguments.of(Reach.chunk(50), 0.0),
                Arguments.of(Reach.chunk(320), 0.0),
                Arguments.of(Reach.chunk(700), 2.0));
    }

    private static NDArray random(Scope scope, int seed, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return scope.floats(values, shape);
    }

    /** One layer's queries, keys, values, and the gradient of its result. */
    private record Layer(NDArray q, NDArray k, NDArray v, NDArray d) {
        static Layer of(Scope scope, PackedBatch batch) {
            int n = batch.size();
            return new Layer(
                    random(scope, 1, HEADS, n, WIDTH),
                    random(scope, 2, KEY_HEADS, n, WIDTH),
                    random(scope, 3, KEY_HEADS, n, VALUE_WIDTH),
                    random(scope, 4, HEADS, n, VALUE_WIDTH));
        }
    }

    /** The result and the gradients of q, k and v. */
    private static List<float[]> whole(Scope scope, PackedBatch batch, Layer layer, AttentionCore core) {
        long[] numbers = core.reach().numbers();
        numbers[1] = Integer.MAX_VALUE;
        NDArray mask = mask(scope, core.reach(), (batch.depth() + 127) / 64 * 64);
        return Autograd.recording(scope, () -> {
            List<NDArray> leaves = new ArrayList<>();
            for (NDArray given : List.of(layer.q(), layer.k(), layer.v())) {
                leaves.add(Autograd.leaf(scope, given));
            }
            NDArray result = DecoderKernels.attend(
                    scope,
                    leaves.get(0),
                    leaves.get(1),
                    leaves.get(2),
                    mask,
                    blocks(scope, batch),
                    scope.ownPlaces(numbers),
                    scope.number(core.scaling()),
                    scope.number(core.scoreCap()));
            List<NDArray> sums = leaves.stream()
                    .map(leaf -> scope.zeros(leaf.getShape().getShape()))
                    .toList();
            Autograd.backward(
                    scope,
                    result,
                    layer.d(),
                    TensorList.of(scope, "leaves", leaves),
                    TensorList.of(scope, "sums", sums));
            return Stream.concat(Stream.of(result), sums.stream())
                    .map(NDArray::toFloatArray)
                    .toList();
        });
    }

    private static NDArray blocks(Scope scope, PackedBatch batch) {
        return scope.places(RowBlock.numbers(batch.blocks())).reshape(-1, RowBlock.NUMBERS);
    }

    private static NDArray mask(Scope scope, Reach reach, int size) {
        float[] values = new float[size * size];
        for (int i = 0; i < values.length; i++) {
            values[i] = reach.sees(i / size, i % size) ? 0 : Float.NEGATIVE_INFINITY;
        }
        return scope.floats(values, size, size);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("reaches")
    void resultAndGradientsAreThoseOfWholeScores(Reach reach, double cap) {
        AttentionCore core = new AttentionCore(0, KEY_HEADS, WIDTH, VALUE_WIDTH, 0.4, reach, cap);
        try (Scope scope = Engine.cpu().open()) {
            Layer layer = Layer.of(scope, PACK);
            List<float[]> expected = whole(scope, PACK, layer, core);
            PackedAttention packed = new PackedAttention(scope, PACK, new Masks(scope), Dtype.F32);

            requireNear(packed.byBlocks(scope, core, layer.q(), layer.k(), layer.v()), expected.get(0));
            AttentionCut cut = new AttentionCut(core, packed, layer.q(), layer.k(), layer.v(), layer.q());
            List<NDArray> gradients = cut.gradients(scope, layer.d());
            for (int i = 0; i < 3; i++) {
                requireNear(gradients.get(i), expected.get(i + 1));
            }
        }
    }

    private static void requireNear(NDArray actual, float[] expected) {
        float[] numbers = actual.toFloatArray();
        assertThat(numbers).hasSameSizeAs(expected);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(numbers[i] - expected[i]));
        }
        assertThat(worst).isLessThan(1e-5);
    }

    /** A row of bf16 sees the same keys in the same tiles whether its prompt stands before it or is a block of its own. */
    @Test
    void aSharedPromptChangesNoBitOfTheAnswersThatBeginATile() {
        int prompt = 4 * AttentionTiles.ROWS;
        PackedBatch shared = PackedBatch.of(List.of(TokenTree.of(new int[prompt], new int[300], new int[9])));
        PackedBatch alone = PackedBatch.of(List.of(TokenTree.of(new int[0], new int[prompt + 300])));
        AttentionCore core = new AttentionCore(0, KEY_HEADS, WIDTH, VALUE_WIDTH, 0.4, Reach.ALL, 0);
        try (Scope scope = Engine.cpu().open()) {
            Layer layer = Layer.of(scope, shared);
            NDArray first = attended(scope, shared, core, layer).get(":," + prompt + ":" + (prompt + 300));
            Layer cut = new Layer(rows(layer.q()), rows(layer.k()), rows(layer.v()), layer.d());
            NDArray second = attended(scope, alone, core, cut).get(":," + prompt + ":" + (prompt + 300));

            assertThat(first.toFloatArray()).isEqualTo(second.toFloatArray());
        }
    }

    private static NDArray rows(NDArray x) {
        return x.get(":,0:" + (4 * AttentionTiles.ROWS + 300));
    }

    private static NDArray attended(Scope scope, PackedBatch batch, AttentionCore core, Layer layer) {
        PackedAttention packed = new PackedAttention(scope, batch, new Masks(scope), Dtype.F32);
        return packed.byBlocks(scope, core, layer.q(), layer.k(), layer.v());
    }

    @Test
    void cellsGrowWithHalfTheSquareAndShortBlocksAreWhole() {
        assertThat(AttentionTiles.cells(0, 512)).isEqualTo(512 * 512);
        assertThat(AttentionTiles.cells(0, 1024)).isEqualTo(128 * 128 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
        assertThat(AttentionTiles.cells(600, 200))
                .as("rows 600 to 639 with 640 keys, to 767 with 768, to 799 with 832")
                .isEqualTo(64 * 640 + 128 * 768 + 64 * 832);
    }
}
