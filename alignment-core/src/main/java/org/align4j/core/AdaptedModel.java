package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.Engine;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.AnswerRows;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LossResult;
import org.align4j.core.loop.SequencePass;
import org.align4j.core.loop.SequenceScores;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenRows;
import org.align4j.core.loop.TokenSequence;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.Trainables;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.OpenTraining.SavedAdapter;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A language model with a LoRA adapter that a program trains by a loop of its own: forward, loss, backward, step.
 *
 * <pre>{@code
 * try (AdaptedModel policy = base.adapt()) {
 *     for (TokenSequence row : rows) {
 *         var data = List.of(new TokenDatum<>(row, Weights.each(row, 1)));
 *         double loss = policy.forwardBackward(data, new CrossEntropy()).loss();
 *         policy.step(AdamSettings.usual(1e-4)); // AdamW; the gradient is zero again
 *         System.out.println(loss);
 *     }
 *     policy.saveAdapter(Path.of("adapters/loop"));
 * }
 * }</pre>
 *
 * <p>It is the policy; the model as it was opened is the reference. It computes as the methods do without dropout, to the last bit, with any
 * number of threads. It shares the weights of the model that it adapts and is closed before that; several may be on one model, each with
 * an optimizer of its own.
 */
public final class AdaptedModel extends AnsweringModel {
    private final LanguageModel model;
    private final ModelSession session;
    private final BaseModel base;
    private final AdapterValues start;
    private final Policy policy;
    private final AdamW optimizer;
    private final AnswerRows rows;
    private final TokenRows sequences;
    private final Set<Thread> helpers = ConcurrentHashMap.newKeySet();
    private boolean gathered;

    private AdaptedModel(
            LanguageModel model, ModelSession session, BaseModel base, AdapterValues start, Policy policy) {
        super(
                ModelParts.over(model, session, policy),
                format(
                        "The adapted model of %s is closed; use it before the end of the try that made it.",
                        model.name()));
        this.model = model;
        this.session = session;
        this.base = base;
        this.start = start;
        this.policy = policy;
        this.optimizer = new AdamW(
                policy.trainables(),
                coefficients(AdamSettings.usual(0)),
                base.engine().open());
        TokenBudget budget = session.budget(List.of(), TrainingLog.SILENT);
        this.rows = new AnswerRows(policy, session.layout(), budget);
        this.sequences = new TokenRows(policy, session.layout(), budget, session.maxLength());
        policy.trainables().zeroGradients();
    }

    static AdaptedModel over(LanguageModel model, BaseModel shared, ModelSession session, LoraSettings lora) {
        return over(
                model,
                shared,
                session,
                view -> session.startingAdapter(view, lora.options(view.decoder()), lora.seed()));
    }

    private static AdaptedModel over(
            LanguageModel model, BaseModel shared, ModelSession session, Function<BaseModel, AdapterValues> begun) {
        try {
            int threads = shared.engine().threads();
            boolean apart = threads > 1 && shared.engine().profile().takesSideBySide();
            Engine engine = apart ? Engine.on(shared.engine().device(), 1) : shared.engine();
            BaseModel view = shared.over(engine, shared.decoder(), Map.of());
            try {
                AdapterValues start = begun.apply(view);
                Policy policy = Policy.adapted(view, start, goesOn(session), false);
                policy.setThreads(apart ? threads : 1);
                return new AdaptedModel(model, session, view, start, policy);
            } catch (RuntimeException | Error e) {
                view.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            model.release();
            throw e;
        }
    }

    static AdaptedModel from(
            LanguageModel model, BaseModel shared, ModelSession session, Path state, boolean optimizer) {
        AdaptedModel begun = over(
                model,
                shared,
                session,
                view -> goesOn(session)
                        ? session.startingAdapter(view, LoraSettings.usual().options(view.decoder()), 0)
                        : session.savedAdapter(PolicyState.adapter(state)));
        try {
            begun.load(state, optimizer);
            return begun;
        } catch (RuntimeException | Error e) {
            begun.close();
            throw e;
        }
    }

    private synchronized void load(Path folder, boolean withOptimizer) {
        try {
            PolicyState state = state(session.cardOfLoop());
            if (withOptimizer) {
                state.load(folder);
                gathered = state.loadGradients(folder);
            } else {
                state.loadWeights(folder);
            }
        } catch (IOException e) {
            throw new InputException(
                    format(
                            "The state in %s can't be read: %s; give a folder that saveState wrote.",
                            folder, FileFailure.reason(e)),
                    e);
        }
    }

    /** Returns whether training goes on from the adapter that the model was opened with. */
    private static boolean goesOn(ModelSession session) {
        return session.place().adapter() != null;
    }

    private static AdamW.Settings coefficients(AdamSettings settings) {
        return new AdamW.Settings(settings.beta1(), settings.beta2(), settings.epsilon(), settings.weightDecay());
    }

    /** Does work alone, or among the threads of {@link #sideBySide}, whose caller holds this object for them. */
    private <R> R taking(Supplier<R> work) {
        if (helpers.contains(Thread.currentThread())) {
            return work.get();
        }
        synchronized (this) {
            requireOpen();
            return work.get();
        }
    }

    /**
     * Does something with each part of a step, several at a time where the model was opened with several threads. The gradients of the
     * parts are added in the parts' order, so that they are the same, to the last bit, with any number of threads.
     *
     * @param parts such as those of {@link #split}
     * @param work may call forward, score and reference of this model; closes its passes, and changes nothing that other parts see
     * @return the results in the parts' order
     */
    public synchronized <P, R> List<R> sideBySide(List<P> parts, Function<P, R> work) {
        requireOpen();
        return policy.sideBySide(parts, part -> {
            boolean joined = helpers.add(Thread.currentThread());
            try {
                return work.apply(part);
            } finally {
                if (joined) {
                    helpers.remove(Thread.currentThread());
                }
            }
        });
    }

    /** Splits the rows of a step into those that share a forward, in the order in which the methods compute them. */
    public <T extends TokenRow> List<List<T>> split(List<T> step) {
        return taking(() -> rows.split(step));
    }

    /**
     * Computes how likely the policy finds the answers of rows, ready for a backward.
     *
     * @param some pairs or completions that fit one forward; {@link #split} says which do
     */
    public ForwardPass forward(List<? extends TokenRow> some) {
        return taking(() -> {
            gathered = true;
            return rows.forward(some);
        });
    }

    /** Computes how likely the policy finds the answers of rows, without a backward. */
    public LogProbs score(List<? extends TokenRow> some) {
        return taking(() -> rows.score(some, policy.weights()));
    }

    /**
     * Computes how likely the reference finds the answers of rows. The reference is the model as it was opened: without the adapter where
     * that is new, else with the adapter as it was before the first step.
     */
    public LogProbs reference(List<? extends TokenRow> some) {
        return taking(() -> rows.score(some, referenceWeights()));
    }

    private Weights referenceWeights() {
        return goesOn(session) ? policy.start() : policy.base();
    }

    /** Splits sequences into those that share a forward. */
    public List<List<TokenSequence>> splitSequences(List<TokenSequence> step) {
        return taking(() -> sequences.split(step));
    }

    /**
     * Computes how likely the policy finds the targets of sequences, ready for a backward.
     *
     * @param some that fit one forward; {@link #splitSequences} says which do
     * @throws InputException where a sequence is too long, asks for nothing, or has ids that the model doesn't know
     */
    public SequencePass forwardSequences(List<TokenSequence> some) {
        return taking(() -> {
            SequencePass pass = sequences.forward(some);
            gathered = true;
            return pass;
        });
    }

    /** Computes what the policy says of the targets of sequences, without a backward, in as many forwards as they need. */
    public SequenceScores scoreSequences(List<TokenSequence> some) {
        return taking(() -> sequences.score(some, policy.weights()));
    }

    /** Computes what the reference says of the targets of sequences; see {@link #reference}. */
    public SequenceScores referenceOfSequences(List<TokenSequence> some) {
        return taking(() -> sequences.score(some, referenceWeights()));
    }

    /**
     * Computes a loss and adds its gradient to what was gathered since the last step, in as many forwards as the data need, several at a
     * time where the model was opened with several threads. What fails leaves the gradient as it was.
     *
     * @throws InputException where a sequence doesn't fit the model, or the loss or a derivative is not finite
     */
    public <I extends TokenLoss.Inputs> LossResult forwardBackward(List<TokenDatum<I>> data, TokenLoss<I> loss) {
        return learn(data, loss, null);
    }

    /**
     * Computes a loss from log-probabilities that were read, as {@link #read(List)} reads them with the adapter as it is now, and adds its
     * gradient, which goes through a forward as ever. The ratios of a first update are 1 bit for bit only so: a forward of several sequences
     * rounds about one token in a hundred otherwise in fp32, and nearly all in bf16, where it attends in bf16 and an answer in fp32.
     *
     * @param read {@code [sequences][T][K]} a log-probability for each target; the result says these
     * @throws InputException where a sequence doesn't fit the model, there are not as many numbers, or the loss or a derivative is not finite
     */
    public <I extends TokenLoss.Inputs> LossResult forwardBackward(
            List<TokenDatum<I>> data, TokenLoss<I> loss, double[][][] read) {
        return learn(data, loss, read);
    }

    private synchronized <I extends TokenLoss.Inputs> LossResult learn(
            List<TokenDatum<I>> data, TokenLoss<I> loss, double @Nullable [][][] read) {
        requireOpen();
        sequences.check(data.stream().map(TokenDatum::sequence).toList());
        FloatBuffer before = gathered ? gradients() : null;
        LossResult result = sequences.budget().withinMemory(() -> {
            try {
                return sequences.forwardBackward(data, loss, read);
            } catch (RuntimeException | Error e) {
                restore(before);
                throw e;
            }
        });
        gathered = true;
        return result;
    }

    private FloatBuffer gradients() {
        FloatBuffer copy =
                FloatBuffer.allocate(Math.toIntExact(policy.trainables().elements()));
        policy.trainables().copyGradients(copy::put);
        return copy.flip();
    }

    private void restore(@Nullable FloatBuffer before) {
        Trainables trainables = policy.trainables();
        if (before == null) {
            trainables.zeroGradients();
        } else {
            trainables.setGradients(Trainables.next(before.rewind()));
        }
    }

    /** Computes a loss, without a backward. */
    public <I extends TokenLoss.Inputs> LossResult evaluate(List<TokenDatum<I>> data, TokenLoss<I> loss) {
        return taking(() -> sequences.evaluate(data, loss));
    }

    /**
     * Computes a loss from log-probabilities {@code [sequences][T][K]} that were {@linkplain #read(List) read}, without a forward or a backward;
     * entropies of the result are NaN.
     */
    public <I extends TokenLoss.Inputs> LossResult evaluate(
            List<TokenDatum<I>> data, TokenLoss<I> loss, double[][][] read) {
        return taking(() -> sequences.evaluate(data, loss, read));
    }

    /** Returns the L2 norm of the gradient that backwards have gathered since the last step. */
    public synchronized double gradientNorm() {
        requireOpen();
        return optimizer.gradientNorm();
    }

    /** Drops the gradient that backwards have gathered, so that the next one is looked at by itself. */
    public synchronized void zeroGradients() {
        requireOpen();
        policy.trainables().zeroGradients();
        gathered = false;
    }

    /**
     * Moves the adapter by one step of AdamW along the gathered gradient, clipped to norm 1 as the training commands do, and begins to
     * gather again.
     *
     * @throws org.align4j.core.error.InputException where the learning rate is negative or the gradient is not finite; nothing moved
     */
    public void step(double learningRate) {
        step(AdamSettings.usual(learningRate));
    }

    /**
     * Moves the adapter by one step of AdamW along the gathered gradient, with numbers of this step's own, and begins to gather again.
     *
     * @return the gradient's L2 norm before it was clipped
     * @throws InputException where the gradient is not finite; nothing moved
     */
    public synchronized double step(AdamSettings settings) {
        requireOpen();
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(norm)) {
            throw new InputException(format(
                    "The gradient's norm is %s but a step needs a finite gradient; look at the loss and its derivatives, and drop the"
                            + " gradient by zeroGradients().",
                    norm));
        }
        optimizer.apply(settings.learningRate(), settings.gradientScale(norm), coefficients(settings));
        weightsChanged();
        zeroGradients();
        return norm;
    }

    /** Counts the steps that were taken. */
    public synchronized long steps() {
        return optimizer.steps();
    }

    /**
     * Writes the adapter as it is now in PEFT's format, with a model card. {@code Align4j.model(…).adapter(folder)} and {@code --adapter}
     * open it, and {@link LanguageModel#adapt()} goes on from it; the optimizer's moments are not in it.
     *
     * @param folder new or empty
     * @throws InputException where something is in the folder
     */
    public synchronized void saveAdapter(Path folder) {
        requireOpen();
        ModelCard card = session.cardOfLoop();
        SavedAdapter.write(folder, aside -> state(card).writeAdapter(aside, card));
    }

    /**
     * Writes all that {@link LanguageModel#adaptFrom} needs to go on to the same bits: the adapter, in PEFT's format in the folder {@code
     * adapter}, the optimizer's moments, the number of steps, and the gradient gathered since the last one, where there is any.
     *
     * @param folder new or empty
     * @throws InputException where something is in the folder
     * @throws org.align4j.core.error.NotFiniteException where a weight or a moment is no number any more; nothing was written
     */
    public synchronized void saveState(Path folder) {
        requireOpen();
        PolicyState state = state(session.cardOfLoop());
        SavedAdapter.write(folder, aside -> {
            if (gathered) {
                state.saveWithGradients(aside);
            } else {
                state.save(aside);
            }
        });
    }

    private PolicyState state(ModelCard card) {
        return new PolicyState(policy, optimizer, start, card);
    }

    /** Copies the adapter as it is now, to answer and score with while the training goes on; whoever asks closes the copy. */
    public synchronized AdapterSnapshot snapshot() {
        requireOpen();
        return AdapterSnapshot.of(model, session, start.valued(policy.trainables()), optimizer.steps());
    }

    /** Names the model, the adapter's size and the steps taken. */
    @Override
    public String toString() {
        return format(
                "%s with an adapter of %,d weights after %d steps",
                model.name(), policy.trainables().elements(), optimizer.steps());
    }

    @Override
    void free() {
        optimizer.close();
        policy.close();
        base.close();
        model.release();
    }
}
