package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Pass;
import org.align4j.core.model.Weights;
import org.align4j.core.model.attention.Masks;
import org.align4j.core.model.base.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.jspecify.annotations.Nullable;

/**
 * One frozen base and what is trained over it: low-rank pairs, whole modules, or every weight. The policy is the base with
 * what is trained; the reference is the base alone or with the pairs as they were at the start. Closing it leaves the base
 * open.
 */
public final class Policy implements AutoCloseable {
    /** Rows of a forward are a multiple of this; see {@link PackedBatch#aligned}. */
    public static final int ROW_GRAIN = 64;

    private final BaseModel base;
    private final Scope scope;
    private final Trainables trainables;
    private final Weights trained;
    private final @Nullable Weights start;
    private final boolean recompute;
    private final Masks masks;
    private final BodyPlan plan;
    private Workers workers;
    private int chunkRows;
    private double temperature = 1;
    private @Nullable PassLog passLog;

    private Policy(
            BaseModel base,
            Scope scope,
            Trainables trainables,
            Weights trained,
            @Nullable Weights start,
            boolean recompute) {
        this.base = base;
        this.scope = scope;
        this.trainables = trainables;
        this.trained = trained;
        this.start = start;
        this.recompute = recompute;
        this.masks = new Masks(scope, base.dtype());
        this.plan = new BodyPlan(this);
        this.workers = new Workers(1, trainables);
        this.chunkRows = HeadKernels.chunkRows(base.decoder().vocabulary());
    }

    /** The base as it is; nothing trains. */
    public static Policy frozen(BaseModel base) {
        Scope scope = base.engine().open();
        return new Policy(base, scope, new Trainables(scope.inner()), base, null, false);
    }

    /** The base with an adapter; nothing trains. */
    public static Policy fixed(BaseModel base, AdapterValues adapter) {
        Scope scope = base.engine().open();
        return new Policy(
                base, scope, new Trainables(scope.inner()), AdapterOverlay.frozen(adapter, base, scope), null, false);
    }

    /**
     * The base with an adapter that trains.
     *
     * @param adapter values at the start
     * @param keepStart also keep a frozen copy of them, for {@link #scoreStart}
     * @param recompute compute layers again in the backward pass instead of keeping their graph
     */
    public static Policy adapted(BaseModel base, AdapterValues adapter, boolean keepStart, boolean recompute) {
        Scope scope = base.engine().open();
        Trainables trainables = new Trainables(scope.inner());
        Weights trained = AdapterOverlay.trained(adapter, base, trainables, scope);
        Weights start = keepStart ? AdapterOverlay.frozen(adapter, base, scope) : null;
        // A kept graph would hold every matrix that is made for one use.
        return new Policy(base, scope, trainables, trained, start, recompute || base.madeAtUse());
    }

    /** Every weight trains, from fp32 masters; the base keeps the values of the start. */
    public static Policy full(BaseModel base, boolean recompute) {
        Scope scope = base.engine().open();
        Trainables trainables = new Trainables(scope.inner());
        Map<String, NDArray> values = new HashMap<>();
        List<Parameter> parameters =
                base.decoder().parameters().stream().filter(Parameter::trains).toList();
        for (Parameter parameter : parameters) {
            String name = parameter.name();
            try (Scope inner = scope.inner()) {
                NDArray value = base.value(inner, parameter);
                values.put(
                        name,
                        trainables
                                .add(name, name, value, parameter.decays(), base.dtype(parameter))
                                .leaf());
            }
        }
        return new Policy(base, scope, trainables, new OverlaidWeights(base, values, Map.of()), null, recompute);
    }

    public BaseModel base() {
        return base;
    }

    public Decoder decoder() {
        return base.decoder();
    }

    Dtype dtype() {
        return base.dtype();
    }

    public Trainables trainables() {
        return trainables;
    }

    /** Scores with what is trained. */
    public TokenScores score(PackedBatch batch) {
        return score(batch, trained);
    }

    /** Scores with the base alone: adapters off. */
    public TokenScores scoreBase(PackedBatch batch) {
        return score(batch, base);
    }

    /** Scores with the adapter as it was at the start. */
    public TokenScores scoreStart(PackedBatch batch) {
        return score(batch, start());
    }

    /** Scores with other weights of the same decoder. */
    public TokenScores score(PackedBatch batch, Weights weights) {
        try (Scoring scoring = new Scoring(this, weights, batch, null, scope.inner())) {
            return scoring.run(Trunk.Mode.SCORE_ONLY, false);
        }
    }

    /** The base with the adapter as it was at the start. */
    public Weights start() {
        if (start == null) {
            throw new IllegalStateException("This policy keeps no copy of its start.");
        }
        return start;
    }

    /** A second, frozen set of what is trained, as it is now; it lives as long as the policy. */
    public SyncedReference syncedReference() {
        return new SyncedReference(this, scope.inner());
    }

    /** Makes a reference that begins as the base, with the adapter off, and follows the policy. */
    public SyncedReference syncedBase(AdapterValues adapter) {
        SyncedReference reference = syncedReference();
        reference.set(new InitialAdapter(adapter.targets(), base, 0).withoutEffect(adapter));
        return reference;
    }

    /** Sets how many positions' logits are in memory at a time; 32 MiB of them by default. Never changes the result. */
    public void chunkLogits(int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException(positions + " positions at a time; it must be at least 1.");
        }
        chunkRows = positions;
    }

    int chunkRows() {
        return chunkRows;
    }

    /** Notes every pass from now on; null: none. */
    public void logPasses(@Nullable PassLog log) {
        passLog = log;
    }

    @Nullable
    PassLog passLog() {
        return passLog;
    }

    /** Sets what divides the logits before every log-probability and entropy from now on; 1 to begin with. */
    public void temper(double divisor) {
        if (!(divisor > 0)) {
            throw new IllegalArgumentException("The temperature is " + divisor + "; it must be above 0.");
        }
        temperature = divisor;
    }

    double temperature() {
        return temperature;
    }

    /**
     * Has {@link #sideBySide} use so many threads from now on, the caller's among them. Worth it only where the engine's kernels
     * have one thread each, and what trains is small: each thread has gradients of its own.
     */
    public void employ(int threads) {
        workers.close();
        workers = new Workers(threads, trainables);
    }

    /** Threads of {@link #sideBySide}; 1 to begin with. */
    public int threads() {
        return workers.count();
    }

    /**
     * Does passes of this policy, several at a time. Their gradients are added in the order of the parts, so that the sums are
     * the same with any number of threads. All have ended when it returns or throws what one of them threw.
     *
     * @param parts in the order in which they are taken up
     * @param pass scores or accumulates, and changes nothing that passes of other parts see
     * @return the results in the parts' order
     */
    public <P, R> List<R> sideBySide(List<P> parts, Function<P, R> pass) {
        return workers.run(parts, pass);
    }

    /** Where a pass on this thread adds its gradients. */
    Trainables gradients() {
        return workers.gradients();
    }

    /** What a loss makes of the scores of one forward pass. */
    public interface Differentiated {
        /**
         * The gradient of the loss by the log-probabilities.
         *
         * @param scores of the batch
         * @return {@code [R]} d loss / d log-probability, in the batch's order
         */
        float[] coefficients(TokenScores scores);
    }

    /**
     * One forward and backward pass: adds the gradient of the loss to the trained tensors' gradients.
     *
     * @param dropoutSeed null: dropout off
     * @return the scores of the forward pass
     */
    public TokenScores accumulate(PackedBatch batch, @Nullable Long dropoutSeed, Differentiated loss) {
        Pass.Dropout dropout = dropoutSeed == null ? null : new Pass.Dropout(dropoutSeed);
        boolean headTrains = trainables.standingFor(decoder().head()) != null;
        try (Scoring scoring = new Scoring(this, trained, batch, dropout, scope.inner())) {
            TokenScores scores = scoring.run(recordingMode(), headTrains);
            scoring.backward(loss.coefficients(scores), null, gradients());
            return scores;
        }
    }

    /**
     * What a loss makes of log-probabilities and entropies.
     *
     * @param logProbs {@code [R]} d loss / d log-probability
     * @param entropies {@code [R]} d loss / d entropy of the next-token distribution; null where it doesn't depend on them
     */
    public record TokenCoefficients(float[] logProbs, float @Nullable [] entropies) {}

    /**
     * {@link #accumulate} for losses of entropies too, without dropout.
     *
     * @return the scores of the forward pass
     */
    public TokenScores accumulateTokens(PackedBatch batch, Function<TokenScores, TokenCoefficients> loss) {
        boolean headTrains = trainables.standingFor(decoder().head()) != null;
        try (Scoring scoring = new Scoring(this, trained, batch, null, scope.inner())) {
            TokenScores scores = scoring.run(recordingMode(), headTrains);
            scoring.backward(loss.apply(scores), gradients());
            return scores;
        }
    }

    /** Scores and how far the reference is from the policy at each of them. */
    public record Compared(TokenScores scores, float[] divergences) {}

    /**
     * What a loss makes of scores and divergences.
     *
     * @param logProbs {@code [R]} d loss / d log-probability
     * @param divergences {@code [R]} d loss / d KL(reference || policy)
     */
    public record ComparedCoefficients(float[] logProbs, float[] divergences) {}

    /** The policy's scores, and KL(reference || policy) over the vocabulary at each scored position. */
    public Compared compare(PackedBatch batch, Weights reference) {
        try (Scoring scoring = new Scoring(this, trained, batch, null, scope.inner())) {
            TokenScores scores = scoring.run(Trunk.Mode.SCORE_ONLY, false);
            return new Compared(scores, scoring.compare(reference, false));
        }
    }

    /**
     * {@link #accumulate} for losses of the whole next-token distribution. The head must not train.
     *
     * @param reference what the policy is compared with
     */
    public Compared accumulateCompared(
            PackedBatch batch,
            @Nullable Long dropoutSeed,
            Weights reference,
            Function<Compared, ComparedCoefficients> loss) {
        Pass.Dropout dropout = dropoutSeed == null ? null : new Pass.Dropout(dropoutSeed);
        try (Scoring scoring = new Scoring(this, trained, batch, dropout, scope.inner())) {
            TokenScores scores = scoring.run(recordingMode(), false);
            Compared compared = new Compared(scores, scoring.compare(reference, true));
            ComparedCoefficients coefficients = loss.apply(compared);
            scoring.backward(coefficients.logProbs(), coefficients.divergences(), gradients());
            return compared;
        }
    }

    /** Whether the output's matrix trains, or a pair beside it. */
    public boolean trainsHead() {
        return !trainables.of(decoder().head()).isEmpty();
    }

    /** The weights that generation and merging read: the base with what is trained. */
    public Weights weights() {
        return trained;
    }

    /**
     * A parameter's values in fp32 as a checkpoint has them: those trained in its place, else {@link #mergedValue}.
     *
     * @return to be read while the scope is open
     */
    public FloatBuffer storedValues(Scope scope, Parameter parameter) {
        Trainables.Trainable trainable = trainables.standingFor(parameter);
        return TensorKernels.floats(scope, trainable == null ? mergedValue(scope, parameter) : trainable.master());
    }

    /**
     * A parameter's value with the low-rank pair on its layer added in fp32, {@code W + scaling * B A}; the plain value where
     * there is none. Exact where the compute dtype is fp32.
     */
    public NDArray mergedValue(Scope owner, Parameter parameter) {
        NDArray value = trained.value(owner, parameter);
        LoraPair pair = trained.lora(parameter);
        if (pair == null) {
            return value;
        }
        if (decoder().tied() && parameter.equals(decoder().head())) {
            throw new InputException("The adapter stands on " + parameter.module()
                    + ", which is the output's matrix too; merged it would change both. Use the adapter as it is.");
        }
        return pair.merged(owner, value);
    }

    Scope scope() {
        return scope;
    }

    /** How a pass that is to have a backward runs. */
    Trunk.Mode recordingMode() {
        return recompute ? Trunk.Mode.RECOMPUTE : Trunk.Mode.KEEP_GRAPH;
    }

    BodyPlan plan() {
        return plan;
    }

    /** Whether these are weights that live as long as the policy, and one set of few. */
    boolean keeps(Weights weights) {
        return weights == trained || weights == base || weights == start;
    }

    /** Whether every layer has the commonest shape and trains by plain pairs alone, so that none needs a graph for its backward. */
    public boolean hasWrittenBackward() {
        return plan.isWritten();
    }

    Masks masks() {
        return masks;
    }

    @Override
    public void close() {
        workers.close();
        scope.close();
    }
}
