package org.align4j.core.policy;

import java.io.Serializable;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Round.Slices;
import org.jspecify.annotations.Nullable;

/**
 * One frozen base and what is trained over it: low-rank pairs, whole modules, or every weight. The policy is the base with
 * what is trained; the reference is the base alone or with the pairs as they were at the start. Closing it leaves the base
 * open.
 */
public final class Policy implements AutoCloseable {
    private final BaseModel base;
    private final Scope scope;
    private final Trainables trainables;
    private final Weights trained;
    private final @Nullable Weights start;
    private final boolean recompute;
    private final BodyPlan plan;
    private Workers workers;
    private @Nullable Forwards elsewhere;
    private int chunkRows;
    private double temperature = 1;
    private PassWatch.Source watches = PassWatch.Source.NONE;

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
        this.plan = new BodyPlan(
                base,
                trained,
                trainables,
                scope,
                start == null ? List.of(trained, base) : List.of(trained, base, start));
        this.recompute = recompute || graphHoldsMatrices();
        this.workers = new Workers(1, trainables, Slices.NONE);
        this.chunkRows = base.logitRows();
    }

    /** A graph of autograd would hold every matrix that is made for one use; the written backward makes restored ones again. */
    private boolean graphHoldsMatrices() {
        boolean made = base.isOnDemand()
                && base.decoder().linears().stream().anyMatch(linear -> !trained.replaces(linear.weight()));
        return made && (base.holding().isPassing() || !plan.isWritten());
    }

    /** Makes a policy that is the base as it is; nothing trains. */
    public static Policy frozen(BaseModel base) {
        Scope scope = base.engine().open();
        return new Policy(base, scope, new Trainables(scope.inner()), base, null, false);
    }

    /** Makes a policy that is the base with an adapter; nothing trains. */
    public static Policy fixed(BaseModel base, AdapterValues adapter) {
        Scope scope = base.engine().open();
        return new Policy(
                base, scope, new Trainables(scope.inner()), Overlay.frozen(adapter, base, scope), null, false);
    }

    /**
     * Makes a policy that is the base with an adapter that trains.
     *
     * @param adapter values at the start
     * @param keepStart also keep a frozen copy of them, for {@link #start}
     * @param recompute compute layers again in the backward pass instead of keeping their graph
     */
    public static Policy adapted(BaseModel base, AdapterValues adapter, boolean keepStart, boolean recompute) {
        Scope scope = base.engine().open();
        Trainables trainables = new Trainables(scope.inner());
        Weights trained = Overlay.trained(adapter, base, trainables, scope);
        Weights start = keepStart ? Overlay.frozen(adapter, base, scope) : null;
        return new Policy(base, scope, trainables, trained, start, recompute);
    }

    /** Makes a policy whose every weight trains, from fp32 masters; the base keeps the values of the start. */
    public static Policy full(BaseModel base, boolean recompute) {
        Scope scope = base.engine().open();
        Trainables trainables = new Trainables(scope.inner());
        return new Policy(base, scope, trainables, Overlay.everyWeight(base, trainables), null, recompute);
    }

    /** Returns the base model, whose weights are frozen. */
    public BaseModel base() {
        return base;
    }

    /** Returns the decoder of the base model. */
    public Decoder decoder() {
        return base.decoder();
    }

    /** Returns the trained tensors with their gradients. */
    public Trainables trainables() {
        return trainables;
    }

    /** Scores with what is trained. */
    public TokenScores score(PackedBatch batch) {
        return score(batch, trained);
    }

    /** Scores with other weights of the same decoder. */
    public TokenScores score(PackedBatch batch, Weights weights) {
        try (Pass pass = forward(batch, weights)) {
            return pass.scores();
        }
    }

    /**
     * Makes a forward pass that has no backward; the caller closes it.
     *
     * @param weights whose scores: what is trained ({@link #weights}), the base alone ({@link #base}), the adapter as it was
     *     ({@link #start}), or others of the same decoder
     */
    public Pass forward(PackedBatch batch, Weights weights) {
        return new Pass(this, weights, batch, Trunk.Mode.SCORE_ONLY, null, true);
    }

    /**
     * Makes the forward of a pass whose backward adds to the gradients of what is trained; the caller closes it, on the thread
     * that made it.
     *
     * @param dropoutSeed null: dropout off
     */
    public Pass pass(PackedBatch batch, @Nullable Long dropoutSeed) {
        return new Pass(this, trained, batch, recordingMode(), dropoutSeed, true);
    }

    /** Makes a {@link #forward} to the last hidden states alone, whose logits {@link TeacherRows} makes a few rows at a time. */
    public Pass hiddenForward(PackedBatch batch, Weights weights) {
        return new Pass(this, weights, batch, Trunk.Mode.SCORE_ONLY, null, false);
    }

    /** Makes a {@link #pass} to the last hidden states alone, whose loss and backward are {@link TeacherRows#learn}. */
    public Pass hiddenPass(PackedBatch batch) {
        return new Pass(this, trained, batch, recordingMode(), null, false);
    }

    /** The base with the adapter as it was at the start. */
    public Weights start() {
        if (start == null) {
            throw new IllegalStateException("This policy keeps no copy of its start.");
        }
        return start;
    }

    /** Sets how many positions' logits are in memory at a time; what suits the device by default. Never changes the result. */
    public void chunkLogits(int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException(positions + " positions at a time; it must be at least 1.");
        }
        chunkRows = positions;
    }

    /** Positions whose logits are in memory at a time. */
    public int chunkRows() {
        return chunkRows;
    }

    /** Has passes over tokens watched from now on, by those who measure. */
    public void watch(PassWatch.Source source) {
        watches = source;
    }

    PassWatch watched(PackedBatch batch) {
        return watches.begin(batch);
    }

    /** Sets what divides the logits before every log-probability and entropy from now on; 1 to begin with. */
    public void setTemperature(double divisor) {
        if (!(divisor > 0)) {
            throw new IllegalArgumentException("The temperature is " + divisor + "; it must be above 0.");
        }
        temperature = divisor;
    }

    /** Returns the temperature that divides the logits. */
    public double temperature() {
        return temperature;
    }

    /**
     * Has {@link #sideBySide} use so many threads from now on, the caller's among them. Worth it only where the engine's kernels
     * have one thread each, and what trains is small: each thread has gradients of its own.
     */
    public void setThreads(int threads) {
        setThreads(threads, workers.slices());
    }

    /** Has the gradients of rounds added slice by slice from now on, whoever takes their forwards. */
    public void slice(Slices slices) {
        setThreads(threads(), slices);
    }

    private void setThreads(int threads, Slices slices) {
        workers.close();
        workers = new Workers(threads, trainables, slices);
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

    /** Does work in which others take the forwards of rounds. */
    public <R> R takenBy(Forwards others, Supplier<R> work) {
        elsewhere = others;
        try {
            return work.get();
        } finally {
            elsewhere = null;
        }
    }

    /**
     * Takes the forwards of a round, on the threads of {@link #setThreads} or by those of {@link #takenBy}.
     *
     * @return the answers in the questions' order
     */
    public <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions) {
        Forwards others = elsewhere;
        return others == null ? workers.take(round, questions) : others.take(round, questions);
    }

    /**
     * Does passes on this thread whose gradients go, from zero, to tensors of their own.
     *
     * @param gradients of {@link Trainables#withOwnGradients}
     */
    public <R> R apart(Trainables gradients, Supplier<R> passes) {
        return workers.apart(gradients, passes);
    }

    /** Returns the gradients to which a pass on this thread adds. */
    Trainables gradients() {
        return workers.gradients();
    }

    /** Whether the output's matrix trains, or a pair added to it. */
    public boolean trainsHead() {
        return !trainables.of(decoder().head()).isEmpty()
                || !trainables.of(decoder().output()).isEmpty();
    }

    /** Returns what trains of the output, by the gradients that a pass on this thread adds to: its matrix, or a pair added to it. */
    List<Trainables.Trainable> trainedHead() {
        Trainables own = gradients();
        Trainables.Trainable whole = own.trainableOf(decoder().head());
        return whole == null ? own.of(decoder().output()) : List.of(whole);
    }

    /**
     * Computes the vector of a text: the mean of the last hidden states, after the final norm, over its tokens.
     *
     * @param tokens {@code [N]} of the text, at least one
     * @return {@code [H]} not normalized; the same bits whatever else is computed
     */
    public double[] meanState(int[] tokens) {
        return TextVectors.mean(this, weights(), tokens);
    }

    /** The weights that generation and merging read: the base with what is trained. */
    public Weights weights() {
        return trained;
    }

    Scope scope() {
        return scope;
    }

    /** How a pass that is to have a backward runs: keeping the layers' graph, or computing them again. */
    public Trunk.Mode recordingMode() {
        return recompute ? Trunk.Mode.RECOMPUTE : Trunk.Mode.KEEP_GRAPH;
    }

    /** How each layer of the body is run and differentiated. */
    public BodyPlan plan() {
        return plan;
    }

    @Override
    public void close() {
        workers.close();
        scope.close();
    }

    /** A place where forwards are taken. The sums of their gradients are the same, bit for bit, in every place with the same slices. */
    public interface Forwards {
        /**
         * Takes the forwards of a round. A round that learns has added its gradients to those of what trains when this returns.
         *
         * @param questions of the forwards, in the order in which gradients are added
         * @return the answers in the questions' order
         * @throws org.align4j.core.error.MemoryException where a forward was refused memory; the gradients are then of no use
         */
        <Q extends Serializable, A extends Serializable> List<A> take(Round<Q, A> round, List<Q> questions);
    }
}
