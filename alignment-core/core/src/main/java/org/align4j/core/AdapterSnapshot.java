package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ModelSession;

/**
 * The adapter of an {@link AdaptedModel} as it was at a moment, to answer and score with while the training goes on. It shares the weights
 * of the model below and is closed before that; the adapted model may be closed first.
 */
public final class AdapterSnapshot extends AnsweringModel {
    private final LanguageModel model;
    private final Policy policy;
    private final long steps;

    private AdapterSnapshot(LanguageModel model, ModelSession session, Policy policy, long steps) {
        super(
                ModelParts.over(model, session, policy),
                format(
                        "The snapshot of the adapter on %s is closed; use it before the end of the try that made it.",
                        model.name()));
        this.model = model;
        this.policy = policy;
        this.steps = steps;
    }

    static AdapterSnapshot of(LanguageModel model, ModelSession session, AdapterValues values, long steps) {
        BaseModel shared = model.share();
        try {
            return new AdapterSnapshot(model, session, Policy.fixed(shared, values), steps);
        } catch (RuntimeException | Error e) {
            model.release();
            throw e;
        }
    }

    /** Returns the weights, for a queue over the model below: {@code queue.add(snapshot.weights(), snapshot::close)}. */
    public Weights weights() {
        requireOpen();
        return policy.weights();
    }

    /** Counts the steps that the adapter had taken. */
    public long steps() {
        return steps;
    }

    /** Names the model and the moment. */
    @Override
    public String toString() {
        return format("%s with an adapter as of step %d", model.name(), steps);
    }

    @Override
    void free() {
        policy.close();
        model.release();
    }
}
