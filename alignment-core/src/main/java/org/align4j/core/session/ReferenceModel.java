package org.align4j.core.session;

import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.options.ReferenceChoice;

/**
 * Another model that a policy is compared with, on the engine of the policy's own; nothing of it trains. It holds its weights until it is
 * closed.
 */
public final class ReferenceModel implements AutoCloseable {
    private final BaseModel base;
    private final Policy policy;

    private ReferenceModel(BaseModel base, Policy policy) {
        this.base = base;
        this.policy = policy;
    }

    /**
     * Loads the model.
     *
     * @param choice that names it
     * @param session whose policy is compared with it
     * @throws InputException where it isn't there, or has another vocabulary than the session's model
     */
    public static ReferenceModel open(ReferenceChoice choice, TrainingSession<?> session) {
        ModelPlace place = ModelPlace.of(choice.toString(), null);
        BaseModel own = session.policy().base();
        BaseModel model = BaseModel.load(
                place.model(),
                Families.decoder(place.model()),
                own.engine(),
                place.holding(own.dtype(), own.holding().residency()));
        try {
            if (model.decoder().vocabulary() != own.decoder().vocabulary()) {
                throw new InputException("reference is " + choice + ", whose vocabulary has "
                        + model.decoder().vocabulary() + " tokens, but the model's has "
                        + own.decoder().vocabulary() + "; they must share a tokenizer.");
            }
            model.requireFinite();
            return new ReferenceModel(model, place.policy(model));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** Scores tokens; nothing of it trains. */
    public Policy policy() {
        return policy;
    }

    @Override
    public void close() {
        policy.close();
        base.close();
    }
}
