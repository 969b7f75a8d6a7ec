package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.ScoreKernels;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/**
 * Scores of a model whose head gives them, read at chosen rows of a packed batch: a reward model's at each response's last token
 * ({@link PackedBatch#lastRows}), found from its length and never from a padding id. Scores are fp32 in every compute dtype.
 */
public final class ScoreReader {
    /** Rows of the head's work are a multiple of this; see {@link PackedBatch#aligned}. */
    private static final int GRAIN = 32;

    private final Policy policy;
    private final Weights weights;
    private final Linear head;

    private ScoreReader(Policy policy, Weights weights) {
        this.policy = policy;
        this.weights = weights;
        this.head = policy.decoder().requireScores();
    }

    /** Returns a reader that scores with what is trained switched on. */
    public static ScoreReader of(Policy policy) {
        return new ScoreReader(policy, policy.weights());
    }

    /** Returns a reader that scores with the base alone: adapters off. */
    public static ScoreReader ofBase(Policy policy) {
        return new ScoreReader(policy, policy.base());
    }

    /** Whose scores these are. */
    public Policy policy() {
        return policy;
    }

    /** How many scores a row has. */
    public int labels() {
        return head.outputs();
    }

    /** Lays trees into one forward as the model needs them. */
    public PackedBatch pack(List<TokenTree> trees) {
        return PackedBatch.of(trees, policy.decoder().lengthBoundary());
    }

    /** Scores of rows of a batch, at least one. */
    public HeadScores read(PackedBatch batch, int[] rows) {
        try (Scope scope = policy.scope().inner()) {
            Trunk trunk = new Trunk(policy, weights, batch, null, scope);
            return scores(scope, trunk.run(Trunk.Mode.SCORE_ONLY), places(scope, rows), rows.length);
        }
    }

    /**
     * One forward and backward pass: adds the gradient of the loss to the trained tensors' gradients.
     *
     * @param dropoutSeed null: dropout off
     * @param loss from the scores to d loss / d score, {@code [rows * labels]} row by row
     * @return the scores of the forward pass
     */
    public HeadScores accumulate(
            PackedBatch batch, int[] rows, @Nullable Long dropoutSeed, Function<HeadScores, float[]> loss) {
        Pass.Dropout dropout = dropoutSeed == null ? null : new Pass.Dropout(dropoutSeed);
        try (Scope scope = policy.scope().inner()) {
            Trunk trunk = new Trunk(policy, weights, batch, dropout, scope);
            NDArray hidden = trunk.run(policy.recordingMode());
            NDArray places = places(scope, rows);
            HeadScores scores = scores(scope, hidden, places, rows.length);
            trunk.backward(gradient(scope, hidden, places, loss.apply(scores)), policy.gradients());
            return scores;
        }
    }

    /** The rows, followed by row 0 as often as fills the grain. */
    private static NDArray places(Scope scope, int[] rows) {
        int filled = (rows.length + GRAIN - 1) / GRAIN * GRAIN;
        return scope.longs(
                Arrays.stream(Arrays.copyOf(rows, filled)).asLongStream().toArray());
    }

    private HeadScores scores(Scope scope, NDArray hidden, NDArray places, int rows) {
        try (Scope inner = scope.inner()) {
            NDArray read = DecoderKernels.gatherRows(inner, hidden, places);
            NDArray scores = ScoreKernels.scores(inner, read, weights.value(inner, head.weight()), bias(inner));
            return new HeadScores(Arrays.copyOf(scores.toFloatArray(), rows * labels()), labels());
        }
    }

    private NDArray bias(Scope inner) {
        Parameter bias = head.bias();
        return bias == null ? inner.zeros(labels()) : weights.value(inner, bias);
    }

    private NDArray gradient(Scope scope, NDArray hidden, NDArray places, float[] coefficients) {
        int filled = Math.toIntExact(places.size());
        try (Scope inner = scope.inner()) {
            NDArray read = DecoderKernels.gatherRows(inner, hidden, places);
            NDArray d = inner.floats(Arrays.copyOf(coefficients, filled * labels()), filled, labels());
            NDArray dh = ScoreKernels.backward(
                    inner,
                    read,
                    weights.value(inner, head.weight()),
                    d,
                    buffer(inner, head.weight()),
                    buffer(inner, head.bias()));
            float[] ones = new float[filled];
            Arrays.fill(ones, 1);
            return scope.keep(HeadKernels.scatter(inner, hidden, places, dh, inner.floats(ones)));
        }
    }

    /** Where a parameter's gradient goes: nowhere for one that is frozen or not there. */
    private NDArray buffer(Scope inner, @Nullable Parameter parameter) {
        Trainable trained = parameter == null ? null : policy.gradients().standingFor(parameter);
        if (trained != null) {
            return trained.gradient();
        }
        return inner.zeros(parameter == null ? new long[] {labels()} : parameter.shape());
    }
}
