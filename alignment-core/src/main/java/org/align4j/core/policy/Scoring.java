package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.kernel.Autograd;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PackedAttention;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass of a packed batch and, where it was recorded, its backward. Either the whole graph is kept, or each
 * layer's input alone and the layers are computed again on the way back. Tensors live until {@link #close}.
 */
public final class Scoring implements AutoCloseable {
    /** Rows of a forward and of the head's work are multiples of these; see {@link PackedBatch#aligned}. */
    private static final int ROW_GRAIN = 64;

    private static final int SCORE_GRAIN = 32;

    private final Decoder decoder;
    private final Scope scope;
    private final Pass pass;
    private final PackedBatch batch;
    private final NDArray ids;
    private final NDArray rows;
    private final NDArray targets;
    private final @Nullable AdaptedHead adaptedHead;
    private final int chunkRows;
    private final List<NDArray> layerInputs = new ArrayList<>();
    private @Nullable NDArray hidden;
    private HeadKernels.@Nullable Scores scores;
    private HeadKernels.@Nullable Divergences divergences;

    /** How a pass is run. */
    enum Mode {
        SCORE_ONLY,
        KEEP_GRAPH,
        RECOMPUTE
    }

    Scoring(Policy policy, Weights weights, PackedBatch batch, Pass.@Nullable Dropout dropout, Scope scope) {
        this.decoder = policy.decoder();
        this.scope = scope;
        PackedBatch aligned = batch.aligned(ROW_GRAIN);
        int scoredRows = (batch.scored() + SCORE_GRAIN - 1) / SCORE_GRAIN * SCORE_GRAIN;
        this.batch = batch;
        this.pass = new Pass(weights, new PackedAttention(scope, aligned, policy.masks(), policy.dtype()), dropout);
        this.ids = scope.longs(widen(aligned.ids()));
        this.rows = scope.longs(widen(Arrays.copyOf(batch.rows(), scoredRows)));
        this.targets = scope.longs(widen(Arrays.copyOf(batch.targets(), scoredRows)));
        this.chunkRows = policy.chunkRows();
        Linear layer = decoder.adaptedHead(weights);
        this.adaptedHead = layer == null ? null : new AdaptedHead(layer, pass, targets, chunkRows);
    }

    /** Runs the body and the head. */
    TokenScores run(Mode mode, boolean headTrains) {
        hidden = switch (mode) {
            case SCORE_ONLY -> decoder.hidden(scope, ids, pass);
            case KEEP_GRAPH -> Autograd.recording(scope, () -> decoder.hidden(scope, ids, pass));
            case RECOMPUTE -> hiddenKeepingInputs();
        };
        try (Scope inner = scope.inner()) {
            NDArray scored = DecoderKernels.gatherRows(inner, hidden, rows);
            if (adaptedHead != null) {
                return adaptedHead.score(inner, scored).first(batch.scored());
            }
            HeadKernels.Scores s = HeadKernels.score(
                    inner, scored, head(inner), targets, chunkRows, mode != Mode.SCORE_ONLY && !headTrains, 1);
            if (mode != Mode.SCORE_ONLY) {
                scope.keep(s.unitGradients());
                scores = s;
            }
            return new TokenScores(
                    floats(s.logProbs()), floats(s.entropies()), floats(s.logSquares()), floats(s.hits()));
        }
    }

    /**
     * After {@link #run}: how far a reference is from the policy at each scored position.
     *
     * @param reference shares the head
     * @return {@code [R]} KL(reference || policy), nats
     */
    float[] compare(Weights reference, boolean withGradients) {
        NDArray own = hidden;
        if (own == null) {
            throw new IllegalStateException("The pass must have run.");
        }
        try (Scope inner = scope.inner()) {
            Pass other = new Pass(reference, pass.attention(), null);
            NDArray there = decoder.hidden(inner, ids, other);
            HeadKernels.Divergences d = HeadKernels.divergence(
                    inner,
                    DecoderKernels.gatherRows(inner, own, rows),
                    DecoderKernels.gatherRows(inner, there, rows),
                    head(inner),
                    chunkRows,
                    withGradients);
            if (withGradients) {
                scope.keep(d.unitGradients());
                divergences = d;
            }
            return floats(d.values());
        }
    }

    private NDArray hiddenKeepingInputs() {
        NDArray x = decoder.embed(scope, ids, pass);
        for (int i = 0; i < decoder.layers().size(); i++) {
            layerInputs.add(x);
            x = decoder.layer(scope, i, x, pass);
        }
        layerInputs.add(x);
        return decoder.finish(scope, x, pass);
    }

    /**
     * Adds the gradient of {@code sum(coefficients * log-probabilities)} to the trained tensors' gradients.
     *
     * @param coefficients {@code [R]} d loss / d log-probability, in the batch's order
     * @param ofDivergences {@code [R]} d loss / d divergence after {@link #compare}; null where there was none
     */
    void backward(float[] coefficients, float @Nullable [] ofDivergences, Trainables trainables) {
        NDArray output = hidden;
        if (output == null) {
            throw new IllegalStateException("Only a pass that has run has a backward.");
        }
        NDArray c = scope.floats(padded(coefficients));
        NDArray gradient = withDivergences(output, hiddenGradient(output, c, trainables), ofDivergences);
        if (!decoder.tied()
                && trainables.of(decoder.head()).size() == trainables.members().size()) {
            return;
        }
        if (layerInputs.isEmpty()) {
            Trainables.Group all = trainables.all();
            Autograd.recording(scope, () -> {
                Autograd.backward(scope, output, gradient, all.leaves(), all.gradients());
                return true;
            });
        } else {
            backwardByLayer(gradient, trainables);
        }
    }

    private NDArray withDivergences(NDArray output, NDArray gradient, float @Nullable [] coefficients) {
        HeadKernels.Divergences d = divergences;
        if (coefficients == null || d == null) {
            return gradient;
        }
        NDArray own = HeadKernels.scatter(scope, output, rows, d.unitGradients(), scope.floats(padded(coefficients)));
        return DecoderKernels.add(scope, gradient, own);
    }

    private NDArray hiddenGradient(NDArray output, NDArray c, Trainables trainables) {
        try (Scope inner = scope.inner()) {
            Trainables.Trainable trainedHead = trainables.standingFor(decoder.head());
            HeadKernels.Scores s = scores;
            if (adaptedHead == null && trainedHead == null && s != null) {
                return scope.keep(HeadKernels.scatter(inner, output, rows, s.unitGradients(), c));
            }
            NDArray scored = DecoderKernels.gatherRows(inner, output, rows);
            NDArray dh;
            if (adaptedHead != null) {
                dh = adaptedHead.backward(inner, scored, c, trainables.of(decoder.head()));
            } else if (trainedHead != null) {
                dh = HeadKernels.backward(inner, scored, head(inner), targets, c, trainedHead.gradient(), chunkRows, 1);
            } else {
                throw new IllegalStateException("Only a recorded pass has a backward.");
            }
            float[] ones = new float[Math.toIntExact(rows.size())];
            Arrays.fill(ones, 1);
            return scope.keep(HeadKernels.scatter(inner, output, rows, dh, inner.floats(ones)));
        }
    }

    private void backwardByLayer(NDArray gradient, Trainables trainables) {
        int last = layerInputs.size() - 1;
        NDArray dx = backwardStage(
                last,
                gradient,
                trainables.group("final norm", decoder.finalNorm().parameters()),
                (s, x) -> decoder.finish(s, x, pass));
        for (int i = last - 1; i >= 0; i--) {
            int layer = i;
            NDArray next = backwardStage(
                    i,
                    dx,
                    trainables.group("layer " + i, decoder.layers().get(i).parameters()),
                    (s, x) -> decoder.layers().get(layer).apply(s, x, pass));
            dx.close();
            dx = next;
        }
        if (decoder.input().parameters().anyMatch(p -> !trainables.of(p).isEmpty())) {
            NDArray embeddingGradient = dx;
            Trainables.Group group =
                    trainables.group("embedding", decoder.input().parameters());
            Autograd.recording(scope, () -> {
                NDArray x = decoder.embed(scope, ids, pass);
                Autograd.backward(scope, x, embeddingGradient, group.leaves(), group.gradients());
                return true;
            });
        }
    }

    private interface Stage {
        NDArray apply(Scope scope, NDArray x);
    }

    private NDArray backwardStage(int input, NDArray dy, Trainables.Group group, Stage stage) {
        try (Scope inner = scope.inner()) {
            NDArray dx = Autograd.recording(inner, () -> {
                NDArray x = Autograd.leaf(inner, layerInputs.get(input));
                NDArray y = stage.apply(inner, x);
                return Autograd.backwardThrough(inner, x, y, dy, group.leaves(), group.gradients());
            });
            layerInputs.get(input).close();
            return scope.keep(dx);
        }
    }

    private NDArray head(Scope inner) {
        return pass.weights().value(inner, decoder.head());
    }

    /** The scores of the batch's positions, without those that fill the last rows. */
    private float[] floats(NDArray values) {
        return Arrays.copyOf(values.toFloatArray(), batch.scored());
    }

    /** Zeros for the positions that fill the last rows. */
    private float[] padded(float[] coefficients) {
        return Arrays.copyOf(coefficients, Math.toIntExact(rows.size()));
    }

    private static long[] widen(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    @Override
    public void close() {
        scope.close();
    }
}
