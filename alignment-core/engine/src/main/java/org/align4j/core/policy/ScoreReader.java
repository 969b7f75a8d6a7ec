package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.ScoreKernels;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/**
 * Reads the scores of a model whose head gives them at chosen rows of a packed batch: a reward model's at each response's last token
 * ({@link PackedBatch#lastRows}), found from its length and never from a padding id. Scores are fp32 in every compute dtype.
 *
 * @param policy whose decoder has a head of scores
 */
public record ScoreReader(Policy policy) {

    /** @throws IllegalStateException if the decoder has no head of scores */
    public ScoreReader {
        policy.decoder().requireScores();
    }

    /** Counts the scores of each row. */
    public int labels() {
        return policy.decoder().requireScores().outputs();
    }

    /** Scores rows of a batch, at least one, with what is trained. */
    public HeadScores read(PackedBatch batch, int[] rows) {
        return read(batch, rows, policy.weights());
    }

    /** Scores rows of a batch, at least one, with other weights of the same decoder. */
    public HeadScores read(PackedBatch batch, int[] rows, Weights weights) {
        try (ScorePass pass = new ScorePass(policy, weights, batch, rows, Trunk.Mode.SCORE_ONLY, null)) {
            return pass.scores();
        }
    }

    /**
     * Makes the forward of a pass whose backward adds to the gradients of what is trained; the caller closes it, on the thread
     * that made it.
     *
     * @param rows that are scored, at least one
     * @param dropoutSeed null: dropout off
     */
    public ScorePass pass(PackedBatch batch, int[] rows, @Nullable Long dropoutSeed) {
        return new ScorePass(policy, policy.weights(), batch, rows, policy.recordingMode(), dropoutSeed);
    }

    /**
     * What a head of scores says of some rows of a packed batch.
     *
     * @param values {@code [rows * labels]} row by row
     * @param labels scores per row; 1 for a reward model
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record HeadScores(float[] values, int labels) {

        /** Counts the rows that were read. */
        public int rows() {
            return values.length / labels;
        }

        /** Returns one score of one row. */
        public double value(int row, int label) {
            return values[row * labels + label];
        }

        /** {@code [rows]} the scores of a head that gives one. */
        public double[] scalars() {
            if (labels != 1) {
                throw new IllegalStateException("The head gives " + labels + " scores per row, not one.");
            }
            double[] result = new double[values.length];
            Arrays.setAll(result, i -> values[i]);
            return result;
        }
    }

    /**
     * One pass of a model with a head of scores, in two moves as {@link Pass}: the forward, made with the pass, gives {@link #scores};
     * {@link #backward} carries a loss's derivatives by these back to the weights that train. {@link ScoreReader#pass} makes one.
     * Tensors live until {@link #close}.
     */
    public static final class ScorePass implements AutoCloseable {
        /** Rows of the head's work are a multiple of this; see {@link PackedBatch#aligned}. */
        private static final int GRAIN = 32;

        private final Policy policy;
        private final Weights weights;
        private final Linear head;
        private final boolean recorded;
        private final Scope scope;
        private final Trunk trunk;
        private final NDArray places;
        private final HeadScores scores;

        ScorePass(
                Policy policy,
                Weights weights,
                PackedBatch batch,
                int[] rows,
                Trunk.Mode mode,
                @Nullable Long dropoutSeed) {
            this.policy = policy;
            this.weights = weights;
            this.head = policy.decoder().requireScores();
            this.recorded = mode != Trunk.Mode.SCORE_ONLY;
            this.scope = policy.scope().inner();
            try {
                this.trunk = new Trunk(policy.plan(), weights, batch, dropoutSeed, scope);
                NDArray hidden = trunk.run(mode);
                this.places = places(scope, rows);
                this.scores = head(hidden, rows.length);
            } catch (RuntimeException | Error e) {
                scope.close();
                throw e;
            }
        }

        /** The rows, followed by row 0 as often as fills the grain. */
        private static NDArray places(Scope scope, int[] rows) {
            int filled = (rows.length + GRAIN - 1) / GRAIN * GRAIN;
            return scope.longs(
                    Arrays.stream(Arrays.copyOf(rows, filled)).asLongStream().toArray());
        }

        private HeadScores head(NDArray hidden, int rows) {
            try (Scope inner = scope.inner()) {
                NDArray read = DecoderKernels.gatherRows(inner, hidden, places);
                NDArray values = ScoreKernels.scores(inner, read, weights.value(inner, head.weight()), bias(inner));
                int labels = head.outputs();
                return new HeadScores(Arrays.copyOf(values.toFloatArray(), rows * labels), labels);
            }
        }

        private NDArray bias(Scope inner) {
            Parameter bias = head.bias();
            return bias == null ? inner.zeros(head.outputs()) : weights.value(inner, bias);
        }

        /** What the head says of each of the rows that were asked for. */
        public HeadScores scores() {
            return scores;
        }

        /**
         * Adds the gradient of a loss to the trained tensors' gradients.
         *
         * @param loss {@code [rows * labels]} d loss / d score, row by row
         * @throws IllegalStateException if the pass has no backward, or had it
         */
        public void backward(float[] loss) {
            if (!recorded) {
                throw new IllegalStateException("This pass is a forward alone; it has no backward.");
            }
            Trainables gradients = policy.gradients();
            trunk.backward(hiddenGradient(trunk.beginBackward(), loss, gradients), gradients);
        }

        private NDArray hiddenGradient(NDArray hidden, float[] coefficients, Trainables gradients) {
            int filled = Math.toIntExact(places.size());
            int labels = head.outputs();
            try (Scope inner = scope.inner()) {
                NDArray dh = ScoreKernels.backward(
                        inner,
                        DecoderKernels.gatherRows(inner, hidden, places),
                        weights.value(inner, head.weight()),
                        inner.floats(Arrays.copyOf(coefficients, filled * labels), filled, labels),
                        buffer(inner, head.weight(), gradients),
                        buffer(inner, head.bias(), gradients));
                float[] ones = new float[filled];
                Arrays.fill(ones, 1);
                return scope.keep(HeadKernels.scatter(inner, hidden, places, dh, inner.floats(ones)));
            }
        }

        /** Where a parameter's gradient goes: nowhere for one that is frozen or not there. */
        private NDArray buffer(Scope inner, @Nullable Parameter parameter, Trainables gradients) {
            Trainable trained = parameter == null ? null : gradients.trainableOf(parameter);
            if (trained != null) {
                return trained.gradient();
            }
            return inner.zeros(parameter == null ? new long[] {head.outputs()} : parameter.shape());
        }

        @Override
        public void close() {
            scope.close();
        }
    }
}
