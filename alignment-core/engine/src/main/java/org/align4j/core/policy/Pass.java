package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Linear;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Trainables.Trainable;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a model over a packed batch, in two moves: the forward, made with the pass, gives {@link #scores}; {@link #backward}
 * carries a loss's derivatives by these back to the weights that train. {@link Policy#pass} makes one that has a backward, {@link
 * Policy#forward} one that has none. Tensors live until {@link #close}.
 */
public final class Pass implements AutoCloseable {
    /** Rows of the head's work are a multiple of this; see {@link PackedBatch#aligned}. */
    private static final int SCORE_GRAIN = 32;

    private final Decoder decoder;
    private final Scope scope;
    private final Trunk trunk;
    private final PackedBatch batch;
    private final NDArray rows;
    private final NDArray targets;
    private final Policy policy;
    private final @Nullable TokenScores result;
    private final @Nullable AdaptedHead adaptedHead;
    private final int chunkRows;
    private final HeadKernels.Shaping shaping;
    private final PassWatch watch;
    private final boolean recorded;
    private final int width;
    private HeadKernels.@Nullable Scores scores;
    private HeadKernels.@Nullable Choices choices;
    private HeadKernels.@Nullable Divergences divergences;

    Pass(
            Policy policy,
            Weights weights,
            PackedBatch batch,
            Trunk.Mode mode,
            @Nullable Long dropoutSeed,
            boolean scoring) {
        this.policy = policy;
        this.decoder = policy.decoder();
        this.scope = policy.scope().inner();
        this.watch = policy.watched(batch);
        this.batch = batch;
        this.recorded = mode != Trunk.Mode.SCORE_ONLY;
        this.chunkRows = policy.chunkRows();
        HeadKernels.Shaping shaped = new HeadKernels.Shaping(decoder.logitCap(), policy.temperature());
        // Logits with a pair in them are as the products round them: those of the reference must be too.
        this.shaping = decoder.adaptedHead(policy.weights()) == null ? shaped : shaped.rounded();
        this.width = batch.width();
        try {
            int scoredRows = (batch.scored() + SCORE_GRAIN - 1) / SCORE_GRAIN * SCORE_GRAIN;
            this.trunk = new Trunk(policy.plan(), weights, batch, dropoutSeed, scope);
            this.rows = scope.longs(widen(Arrays.copyOf(batch.rows(), scoredRows)));
            this.targets = scope.longs(widen(Arrays.copyOf(batch.targets(), scoredRows * width)));
            Linear layer = decoder.adaptedHead(weights);
            this.adaptedHead =
                    layer == null ? null : new AdaptedHead(layer, trunk.context(), targets, chunkRows, shaping);
            NDArray hidden = trunk.run(mode);
            watch.reached(PassWatch.PassPhase.HIDDEN);
            this.result = scoring ? head(hidden, policy.trainables().trainableOf(decoder.head()) != null) : null;
            watch.reached(PassWatch.PassPhase.SCORED);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /**
     * What the model says of each scored token, in the batch's order.
     *
     * @throws IllegalStateException if the pass was made for its hidden states alone
     */
    public TokenScores scores() {
        if (result == null) {
            throw new IllegalStateException("This pass was made for its hidden states; it has no scores.");
        }
        return result;
    }

    private TokenScores head(NDArray hidden, boolean headTrains) {
        try (Scope inner = scope.inner()) {
            NDArray scored = DecoderKernels.gatherRows(inner, hidden, rows);
            if (adaptedHead != null) {
                return adaptedHead.score(inner, scored).first(batch.scored(), width);
            }
            if (width > 1) {
                return choices(inner, scored);
            }
            HeadKernels.Scores s =
                    HeadKernels.score(inner, scored, head(inner), targets, chunkRows, recorded && !headTrains, shaping);
            if (recorded) {
                scope.keep(s.unitGradients());
                scores = s;
            }
            return new TokenScores(
                    floats(s.logProbs()), floats(s.entropies()), floats(s.logSquares()), floats(s.hits()));
        }
    }

    /** Several targets per row; the pack has a row for each where the head itself trains. */
    private TokenScores choices(Scope inner, NDArray scored) {
        HeadKernels.Choices c = HeadKernels.choices(inner, scored, head(inner), targets, chunkRows, recorded, shaping);
        if (recorded) {
            scope.keep(c.slopes());
            scope.keep(c.expectedGradients());
            choices = c;
        }
        float[] logProbs = c.logProbs().toFloatArray();
        return new TokenScores(
                Arrays.copyOf(logProbs, batch.targets().length), floats(c.entropies()), new float[0], new float[0]);
    }

    /** Hidden states of the scored rows, those that fill up among them, for whoever reads more of the head: {@code [R, H]}. */
    NDArray scoredRows(Scope inner) {
        return DecoderKernels.gatherRows(inner, trunk.hidden(), rows);
    }

    /** Returns the weights that this pass reads. */
    Weights weights() {
        return trunk.context().weights();
    }

    /**
     * How far a reference is from the model at each scored position, over the whole vocabulary. The reference shares the head, which
     * doesn't train; its own forward is made here. What {@link #backward} is given by divergences goes back through this one.
     *
     * @param reference other weights of the same decoder
     * @return {@code [R]} KL(reference || model), nats
     */
    public float[] divergences(Weights reference) {
        NDArray own = trunk.hidden();
        try (Scope inner = scope.inner()) {
            NDArray there = trunk.hidden(inner, reference);
            HeadKernels.Divergences d = HeadKernels.divergence(
                    inner,
                    DecoderKernels.gatherRows(inner, own, rows),
                    DecoderKernels.gatherRows(inner, there, rows),
                    head(inner),
                    chunkRows,
                    recorded,
                    new HeadKernels.Shaping(shaping.cap(), 1));
            if (recorded) {
                scope.keep(d.unitGradients());
                divergences = d;
            }
            return floats(d.values());
        }
    }

    /**
     * Adds the gradient of a loss of log-probabilities alone to the trained tensors' gradients.
     *
     * @param logProbs {@code [R * K]} d loss / d log-probability, in the batch's order
     */
    public void backward(float[] logProbs) {
        backward(TokenGradients.of(logProbs));
    }

    /**
     * Adds the gradient of a loss to the trained tensors' gradients.
     *
     * @param loss its derivatives by what this pass gave
     * @throws IllegalStateException if the pass has no backward, or had it, or {@link #divergences} weren't asked for
     */
    public void backward(TokenGradients loss) {
        if (!recorded) {
            throw new IllegalStateException("This pass is a forward alone; it has no backward.");
        }
        watch.reached(PassWatch.PassPhase.DIFFERENTIATING);
        Trainables trainables = policy.gradients();
        NDArray output = trunk.beginBackward();
        NDArray c = scope.floats(Arrays.copyOf(loss.logProbs(), Math.toIntExact(targets.size())));
        float[] ofEntropies = loss.entropies();
        NDArray e = ofEntropies == null ? null : scope.floats(padded(ofEntropies));
        NDArray gradient = hiddenGradient(output, c, e, trainables);
        if (e != null && adaptedHead == null) {
            gradient = DecoderKernels.add(scope, gradient, entropyGradient(output, e, trainables));
        }
        trunk.backward(withDivergences(output, gradient, loss.divergences()), trainables);
    }

    /**
     * Carries the gradient of a loss that read the hidden states of {@link #scoredRows} back: this pass's backward.
     *
     * @param gradient {@code [R, H]} fp32 d loss / d hidden state
     */
    void backwardOfRows(NDArray gradient) {
        if (!recorded) {
            throw new IllegalStateException("This pass is a forward alone; it has no backward.");
        }
        watch.reached(PassWatch.PassPhase.DIFFERENTIATING);
        NDArray output = trunk.beginBackward();
        try (Scope inner = scope.inner()) {
            trunk.backward(
                    scope.keep(HeadKernels.scatter(inner, output, rows, gradient, ones(inner))), policy.gradients());
        }
    }

    private NDArray entropyGradient(NDArray output, NDArray coefficients, Trainables trainables) {
        try (Scope inner = scope.inner()) {
            Trainable trainedHead = trainables.trainableOf(decoder.head());
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
        if (coefficients == null) {
            return gradient;
        }
        HeadKernels.Divergences d = divergences;
        if (d == null) {
            throw new IllegalStateException("A loss of divergences needs those of this pass first.");
        }
        NDArray own = HeadKernels.scatter(scope, output, rows, d.unitGradients(), scope.floats(padded(coefficients)));
        return DecoderKernels.add(scope, gradient, own);
    }

    private NDArray hiddenGradient(NDArray output, NDArray c, @Nullable NDArray ofEntropies, Trainables trainables) {
        try (Scope inner = scope.inner()) {
            Trainable trainedHead = trainables.trainableOf(decoder.head());
            HeadKernels.Scores s = scores;
            if (adaptedHead == null && trainedHead == null && s != null) {
                return scope.keep(HeadKernels.scatter(inner, output, rows, s.unitGradients(), c));
            }
            NDArray scored = DecoderKernels.gatherRows(inner, output, rows);
            NDArray dh;
            HeadKernels.Choices several = choices;
            if (several != null) {
                dh = HeadKernels.choicesBackward(inner, head(inner), targets, several, c);
            } else if (adaptedHead != null) {
                dh = adaptedHead.backward(inner, scored, c, ofEntropies, trainables.of(decoder.output()));
            } else if (trainedHead != null) {
                dh = HeadKernels.backward(
                        inner, scored, head(inner), targets, c, trainedHead.gradient(), chunkRows, shaping);
            } else {
                throw new IllegalStateException("A recorded pass has scores of its head.");
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
        return policy.base().head(inner, trunk.context().weights());
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
        watch.reached(PassWatch.PassPhase.CLOSED);
    }

    /**
     * The derivatives of a loss by what a {@link Pass} gave, each in the batch's order.
     *
     * @param logProbs {@code [R * K]} d loss / d log-probability
     * @param entropies {@code [R]} d loss / d entropy of the next-token distribution; null for a loss that doesn't depend on them
     * @param divergences {@code [R]} d loss / d KL(reference || policy); null for a loss that doesn't depend on them
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    public record TokenGradients(float[] logProbs, float @Nullable [] entropies, float @Nullable [] divergences) {

        /** Makes the derivatives of a loss that depends on log-probabilities alone. */
        public static TokenGradients of(float[] logProbs) {
            return new TokenGradients(logProbs, null, null);
        }
    }

    /**
     * What a model says of each scored token of a packed batch, in the batch's order.
     *
     * @param logProbs {@code [R * K]} nats
     * @param entropies {@code [R]} of the next-token distribution, nats
     * @param logSquares {@code [R]} log of the sum of squared probabilities; empty where rows have several targets
     * @param hits {@code [R]} 1 where no token is likelier; empty where rows have several targets
     */
    public record TokenScores(float[] logProbs, float[] entropies, float[] logSquares, float[] hits)
            implements Serializable {

        /** The scores of the first rows alone. */
        TokenScores first(int tokens, int width) {
            return new TokenScores(
                    Arrays.copyOf(logProbs, tokens * width),
                    Arrays.copyOf(entropies, tokens),
                    Arrays.copyOf(logSquares, tokens),
                    Arrays.copyOf(hits, tokens));
        }

        /** The summed log-probability of a branch, nats. */
        public double sum(Span span) {
            double sum = 0;
            for (int i = span.from(); i < span.to(); i++) {
                sum += logProbs[i];
            }
            return sum;
        }

        /** The token log-probabilities of a branch. */
        public double[] logProbs(Span span) {
            return slice(logProbs, span);
        }

        /** {@code [items][answers][tokens]} the token log-probabilities of the answers of a forward's items. */
        public double[][][] logProbs(RowLayout.Packed packed) {
            return packed.answers().stream()
                    .map(spans -> spans.stream().map(this::logProbs).toArray(double[][]::new))
                    .toArray(double[][][]::new);
        }

        /** {@code [items]} for each item, {@code [answers]}: the summed log-probabilities of the answers of a forward's items. */
        public List<double[]> sums(RowLayout.Packed packed) {
            return packed.answers().stream()
                    .map(spans -> spans.stream().mapToDouble(this::sum).toArray())
                    .toList();
        }

        /** One branch's part of an array in the batch's order. */
        public static double[] slice(float[] values, Span span) {
            double[] result = new double[span.length()];
            for (int i = 0; i < result.length; i++) {
                result[i] = values[span.from() + i];
            }
            return result;
        }
    }
}
