package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.TokenRow;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.AnswerRows;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.model.BaseModel;
import org.align4j.core.options.NamedOptions;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.OpenTraining.SavedAdapter;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.train.options.UpdateOptions;

/**
 * A language model with a LoRA adapter that a program trains by a loop of its own: forward, loss, backward, step. It is the policy; the
 * model as it was opened is the reference. It computes as the methods do without dropout, to the last bit. It shares the weights of the
 * model that it adapts and is closed before that.
 */
public final class AdaptedModel extends AnsweringModel {
    /** AdamW's numbers and the clip that the training commands take where nothing is said. */
    private static final UpdateOptions UPDATE = NamedOptions.create(UpdateOptions.class, Map.of());

    private final LanguageModel model;
    private final ModelSession session;
    private final BaseModel base;
    private final AdapterValues start;
    private final Policy policy;
    private final AdamW optimizer;
    private final AnswerRows rows;

    private AdaptedModel(
            LanguageModel model, ModelSession session, BaseModel base, AdapterValues start, Policy policy) {
        super(
                new ModelParts(
                        policy,
                        () -> session.generatorOf(policy),
                        session::text,
                        () -> session.tasksOf(policy, TrainingLog.SILENT)),
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
                new AdamW.Settings(UPDATE.adamBeta1(), UPDATE.adamBeta2(), UPDATE.adamEpsilon(), UPDATE.weightDecay()),
                base.engine().open());
        this.rows = new AnswerRows(policy, session.layout(), session.budget(List.of(), TrainingLog.SILENT));
        policy.trainables().zeroGradients();
    }

    static AdaptedModel over(LanguageModel model, BaseModel shared, ModelSession session, LoraSettings lora) {
        try {
            BaseModel view = shared.over(shared.engine(), shared.decoder(), Map.of());
            try {
                AdapterValues start = session.startingAdapter(view, lora.options(), lora.seed());
                return new AdaptedModel(
                        model, session, view, start, Policy.adapted(view, start, goesOn(session), false));
            } catch (RuntimeException | Error e) {
                view.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            model.release();
            throw e;
        }
    }

    /** Tells whether training goes on from the adapter that the model was opened with. */
    private static boolean goesOn(ModelSession session) {
        return session.place().adapter() != null;
    }

    /** Splits the rows of a step into those that share a forward, in the order in which the methods compute them. */
    public synchronized <T extends TokenRow> List<List<T>> split(List<T> step) {
        requireOpen();
        return rows.split(step);
    }

    /**
     * Computes how likely the policy finds the answers of rows, ready for a backward.
     *
     * @param some pairs or completions that fit one forward; {@link #split} says which do
     */
    public synchronized ForwardPass forward(List<? extends TokenRow> some) {
        requireOpen();
        return rows.forward(some);
    }

    /** Computes how likely the policy finds the answers of rows, without a backward. */
    public synchronized LogProbs score(List<? extends TokenRow> some) {
        requireOpen();
        return rows.score(some, policy.weights());
    }

    /**
     * Computes how likely the reference finds the answers of rows. The reference is the model as it was opened: without the adapter where
     * that is new, else with the adapter as it was before the first step.
     */
    public synchronized LogProbs reference(List<? extends TokenRow> some) {
        requireOpen();
        return rows.score(some, goesOn(session) ? policy.start() : policy.base());
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
    }

    /**
     * Moves the adapter by one step of AdamW along the gathered gradient, clipped to norm 1 as the training commands do, and begins to
     * gather anew.
     *
     * @throws org.align4j.core.error.InputException where the learning rate is negative or the gradient is not finite; nothing moved
     */
    public synchronized void step(double learningRate) {
        requireOpen();
        double norm = optimizer.gradientNorm();
        if (!(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY) || !Double.isFinite(norm)) {
            throw new InputException(format(
                    "The learning rate is %s and the gradient's norm %s, but a step needs a rate of 0 or more and a finite"
                            + " gradient; look at the loss and its derivatives.",
                    learningRate, norm));
        }
        optimizer.apply(learningRate, UPDATE.gradientScale(norm));
        weightsChanged();
        policy.trainables().zeroGradients();
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
        SavedAdapter.write(folder, aside -> new PolicyState(policy, optimizer, start, card).writeAdapter(aside, card));
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
