package org.align4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.kernel.ExpertKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.experts.MixtureOfExperts;
import org.align4j.core.model.experts.Router;
import org.align4j.core.model.layer.JoinedLayer.PreNormLayer;
import org.align4j.core.model.layer.PackedAttention;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.junit.jupiter.api.Test;

/** What a training's passes in half precision don't round. */
class HalfPrecisionTest {
    private static final Path MIXTRAL = Path.of("src", "test", "resources", "reference", "families", "mixtral");
    private static final int HIDDEN = 64;
    private static final int VOCABULARY = 9 * 256 + 100;
    private static final int ROWS = 40;
    private static final int LIKELY = 4;

    /**
     * Rows whose probability lies on four tokens with logits of about 20, which products round by up to 1/16: three of them in one block of 256 tokens, one
     * behind the last whole block, and more rows than are worked on at a time. What is exact is added up in double precision.
     */
    @Test
    void theLikeliestLogitsAreMadeOnceMore() {
        Random random = new Random(3);
        float[] hidden = new float[ROWS * HIDDEN];
        float[] head = new float[VOCABULARY * HIDDEN];
        for (int i = 0; i < head.length; i++) {
            head[i] = (float) (0.02 * random.nextGaussian());
        }
        long[] targets = new long[ROWS];
        for (int row = 0; row < ROWS; row++) {
            hidden[row * HIDDEN + row] = 4;
            hidden[row * HIDDEN + 40 + row % 24] = 3;
            int block = 256 * (row % 9);
            int[] likely = {block + row, block + 60 + row, block + 120 + row, 9 * 256 + row};
            for (int token = 0; token < LIKELY; token++) {
                head[likely[token] * HIDDEN + row] = 5 + 0.03F * token;
            }
            targets[row] = likely[row % LIKELY];
        }
        try (Scope scope = Engine.cpu().open()) {
            NDArray h = TensorKernels.copy(scope, scope.floats(hidden, ROWS, HIDDEN), Dtype.BF16);
            NDArray w = TensorKernels.copy(scope, scope.floats(head, VOCABULARY, HIDDEN), Dtype.BF16);
            double[] exact = exact(TensorKernels.toFloats(scope, h), TensorKernels.toFloats(scope, w), targets);
            HeadKernels.Shaping four = HeadKernels.Shaping.NONE;
            assertThat(furthest(exact, logProbs(scope, h, w, targets, four))).isLessThan(1e-5);
            assertThat(furthest(exact, logProbs(scope, h, w, targets, four.rounded())))
                    .isGreaterThan(5e-3);
        }
    }

    private static float[] logProbs(Scope scope, NDArray h, NDArray w, long[] targets, HeadKernels.Shaping shaping) {
        return HeadKernels.score(scope, h, w, scope.longs(targets), 32, true, shaping)
                .logProbs()
                .toFloatArray();
    }

    private static double[] exact(float[] h, float[] w, long[] targets) {
        double[] result = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
            double sum = 0;
            double own = 0;
            for (int token = 0; token < VOCABULARY; token++) {
                double logit = 0;
                for (int i = 0; i < HIDDEN; i++) {
                    logit += (double) h[row * HIDDEN + i] * w[token * HIDDEN + i];
                }
                sum += Math.exp(logit);
                own = token == targets[row] ? logit : own;
            }
            result[row] = own - Math.log(sum);
        }
        return result;
    }

    private static double furthest(double[] exact, float[] found) {
        double furthest = 0;
        for (int i = 0; i < exact.length; i++) {
            furthest = Math.max(furthest, Math.abs(exact[i] - found[i]));
        }
        return furthest;
    }

    /** Remembers the dtype of what it chose by. */
    private record WatchedRouter(Router router, List<DataType> seen) implements Router {
        @Override
        public ExpertKernels.Choice choose(Scope scope, NDArray x, PassContext pass) {
            seen.add(x.getDataType());
            return router.choose(scope, x, pass);
        }

        @Override
        public int chosen() {
            return router.chosen();
        }

        @Override
        public Stream<Linear> linears() {
            return router.linears();
        }
    }

    /** A bf16 model's router is given fp32 rows, and its experts' sum stays fp32. */
    @Test
    void routersReadRowsThatNobodyRounded() {
        List<DataType> seen = new ArrayList<>();
        try (BaseModel base = BaseModel.load(MIXTRAL, Families.decoder(MIXTRAL), Dtype.BF16, Engine.cpu());
                Scope scope = base.engine().open()) {
            PreNormLayer layer = (PreNormLayer) base.decoder().layers().get(0);
            MixtureOfExperts mixture = (MixtureOfExperts) layer.mlp();
            PreNormLayer watched = new PreNormLayer(
                    layer.attentionNorm(),
                    layer.attention(),
                    layer.mlpNorm(),
                    new MixtureOfExperts(
                            new WatchedRouter(mixture.router(), seen),
                            mixture.experts(),
                            mixture.weighed(),
                            mixture.shared()));
            PackedBatch batch = PackedBatch.of(List.of(TokenTree.of(new int[0], new int[] {1, 2, 3, 4, 5})));
            PassContext pass = new PassContext(
                    base, new PackedAttention(scope, batch, new PackedAttention.Masks(scope), base.dtype()), null);
            NDArray x = base.decoder().embedWide(scope, scope.longs(new long[] {1, 2, 3, 4, 5}), pass);
            assertThat(watched.apply(scope, x, pass).getDataType()).isEqualTo(DataType.FLOAT32);
        }
        assertThat(seen).containsExactly(DataType.FLOAT32);
    }
}
