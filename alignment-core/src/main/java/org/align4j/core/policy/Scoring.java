package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * The log-probabilities of a packed batch's scored tokens: one forward pass and, where it was recorded, its backward. Tensors
 * live until {@link #close}.
 */
public final class Scoring implements AutoCloseable {
    /** Rows of the head's work are a multiple of this; see {@link PackedBatch#aligned}. */
    private static final int SCORE_GRAIN = 32;

    private final Decoder decoder;
    private final Scope scope;
    private final Trunk trunk;
    private final PackedBatch batch;
    private final NDArray rows;
    private final NDArray targets;
    private final @Nullable AdaptedHead adaptedHead;
    private final int chunkRows;
    private final HeadKernels.Shaping shaping;
    private final @Nullable PassLog log;
    private final long begun = System.nanoTime();
    private long bodyEnd;
    private long headEnd;
    private long backwardBegun;
    private HeadKernels.@Nullable Scores scores;
    private HeadKernels.@Nullable Divergences divergences;

    Scoring(Policy policy, Weights weights, PackedBatch batch, Pass.@Nullable Dropout dropout, Scope scope) {
        this.decoder = policy.decoder();
        this.scope = scope;
        this.log = policy.passLog();
        int scoredRows = (batch.scored() + SCORE_GRAIN - 1) / SCORE_GRAIN * SCORE_GRAIN;
        this.batch = batch;
        this.trunk = new Trunk(policy, weights, batch, dropout, scope);
        this.rows = scope.longs(widen(Arrays.copyOf(batch.rows(), scoredRows)));
        this.targets = scope.longs(widen(Arrays.copyOf(batch.targets(), scoredRows)));
        this.chunkRows = policy.chunkRows();
        this.shaping = new HeadKernels.Shaping(decoder.logitCap(), policy.temperature());
        Linear layer = decoder.adaptedHead(weights);
        this.adaptedHead = layer == null ? null : new AdaptedHead(layer, trunk.pass(), targets, chunkRows, shaping);
    }

    /** Runs the body and the head. */
    TokenScores run(Trunk.Mode mode, boolean headTrains) {
        NDArray hidden = trunk.run(mode);
        bodyEnd = System.nanoTime();
        TokenScores result = head(hidden, mode, headTrains);
        headEnd = System.nanoTime();
        return result;
    }

    private TokenScores head(NDArray hidden, Trunk.Mode mode, boolean headTrains) {
        try (Scope inner = scope.inner()) {
            NDArray scored = DecoderKernels.gatherRows(inner, hidden, rows);
            if (adaptedHead != null) {
                return adaptedHead.score(inner, scored).first(batch.scored());
            }
            HeadKernels.Scores s = HeadKernels.score(
                    inner,
                    scored,
                    head(inner),
                    targets,
                    chunkRows,
                    mode != Trunk.Mode.SCORE_ONLY && !headTrains,
                    shaping);
            if (mode != Trunk.Mode.SCORE_ONLY) {
                scope.keep(s.unitGradients());
                scores = s;
            }
            return new TokenScores(
                    floats(s.logProbs()), floats(s.entropies()), floats(s.logSquares()), floats(s.hits()));
        }
    }

    /**
     * Computes, after {@link #run}, how far a reference is from the policy at each scored position.
     *
     * @param reference shares the head
     * @return {@code [R]} KL(reference || policy), nats
     */
    float[] compare(Weights reference, boolean withGradients) {
        NDArray own = trunk.hidden();
        try (Scope inner = scope.inner()) {
            NDArray there = trunk.hidden(inner, reference);
            HeadKernels.Divergences d = HeadKernels.divergence(
                    inner,
                    DecoderKernels.gatherRows(inner, own, rows),
                    DecoderKernels.gatherRows(inner, there, rows),
                    head(inner),
                    chunkRows,
                    withGradients,
                    new HeadKernels.Shaping(shaping.cap(), 1));
            if (withGradients) {
                scope.keep(d.unitGradients());
                divergences = d;
            }
            return floats(d.values());
        }
    }

    /**
     * Adds the gradient of {@code sum(coefficients * log-probabilities)} to the trained tensors' gradients.
     *
     * @param coefficients {@code [R]} d loss / d log-probability, in the batch's order
     * @param ofDivergences {@code [R]} d loss / d divergence after {@link #compare}; null where there was none
     */
    void backward(float[] coefficients, float @Nullable [] ofDivergences, Trainables trainables) {
        backwardBegun = System.nanoTime();
        NDArray output = trunk.hidden();
        NDArray gradient = hiddenGradient(output, scope.floats(padded(coefficients)), null, trainables);
        trunk.backward(withDivergences(output, gradient, ofDivergences), trainables);
    }

    /** Runs the backward of {@code sum(coefficients * log-probabilities + entropies' coefficients * entropies)}. */
    void backward(Policy.TokenCoefficients coefficients, Trainables trainables) {
        backwardBegun = System.nanoTime();
        NDArray output = trunk.hidden();
        NDArray c = scope.floats(padded(coefficients.logProbs()));
        float[] ofEntropies = coefficients.entropies();
        NDArray e = ofEntropies == null ? null : scope.floats(padded(ofEntropies));
        NDArray gradient = hiddenGradient(output, c, e, trainables);
        if (e != null && adaptedHead == null) {
            gradient = DecoderKernels.add(scope, gradient, entropyGradient(output, e, trainables));
        }
        trunk.backward(gradient, trainables);
    }

    private NDArray entropyGradient(NDArray output, NDArray coefficients, Trainables trainables) {
        try (Scope inner = scope.inner()) {
            Trainables.Trainable trainedHead = trainables.standingFor(decoder.head());
            NDArray dh = HeadKernels.entropyBackward(
                    inner,
                    DecoderKernels.gatherRows(inner, output, rows),
                    head(inner),
                    coefficients,
                    trainedHead == null ? inner.zeros(1) : trainedHead.gradient(),
                    chunkRows,
                    shaping);
            return scope.keep(HeadKernels.scatter(inner, output, rows, dh, ones(inner)));
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

    private NDArray hiddenGradient(NDArray output, NDArray c, @Nullable NDArray ofEntropies, Trainables trainables) {
        try (Scope inner = scope.inner()) {
            Trainables.Trainable trainedHead = trainables.standingFor(decoder.head());
            HeadKernels.Scores s = scores;
            if (adaptedHead == null && trainedHead == null && s != null) {
                return scope.keep(HeadKernels.scatter(inner, output, rows, s.unitGradients(), c));
            }
            NDArray scored = DecoderKernels.gatherRows(inner, output, rows);
            NDArray dh;
            if (adaptedHead != null) {
                dh = adaptedHead.backward(inner, scored, c, ofEntropies, trainables.of(decoder.head()));
            } else if (trainedHead != null) {
                dh = HeadKernels.backward(
                        inner, scored, head(inner), targets, c, trainedHead.gradient(), chunkRows, shaping);
            } else {
                throw new IllegalStateException("Only a recorded pass has a backward.");
            }
            return scope.keep(HeadKernels.scatter(inner, output, rows, dh, ones(inner)));
        }
    }

    private NDArray ones(Scope inner) {
        float[] ones = new float[Math.toIntExact(rows.size())];
        Arrays.fill(ones, 1);
        return inner.floats(ones);
    }

    private NDArray head(Scope inner) {
        return trunk.pass().weights().value(inner, decoder.head());
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
        if (log != null && headEnd > 0) {
            boolean differentiated = backwardBegun > 0;
            long backward = differentiated ? System.nanoTime() - backwardBegun : 0;
            log.add(new PassLog.Entry(batch, differentiated, bodyEnd - begun, headEnd - bodyEnd, backward));
        }
    }
}
