package org.align4j.core.session;

import org.align4j.core.error.InputException;
import org.align4j.core.family.Families;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.core.text.Tokenizer;

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
        return load("reference", ModelPlace.of(choice.toString(), null), session);
    }

    /**
     * Loads a model whose distributions over tokens are compared with those of a session's policy.
     *
     * @param option that names it, for messages
     * @throws InputException where its tokens, by their hash, are others than the session's
     */
    public static ReferenceModel sharingTokens(String option, ModelPlace place, TrainingSession<?> session) {
        ModelPlace own = session.place();
        if (place.hasTokenizer()
                && own.hasTokenizer()
                && !Tokenizer.vocabularyHash(place.model()).equals(Tokenizer.vocabularyHash(own.model()))) {
            throw new InputException(option + " is " + place.trained()
                    + ", whose tokenizer has other tokens than that of " + own.model()
                    + ", but their distributions are compared token by token; give a model with the same vocabulary,"
                    + " such as a larger one of the same family.");
        }
        return load(option, place, session);
    }

    private static ReferenceModel load(String option, ModelPlace place, TrainingSession<?> session) {
        BaseModel own = session.policy().base();
        BaseModel model = BaseModel.load(
                place.model(),
                Families.decoder(place.model()),
                own.engine(),
                place.holding(own.holding().precision(), own.holding().residency()));
        try {
            if (model.decoder().vocabulary() != own.decoder().vocabulary()) {
                throw new InputException(option + " is " + place.trained() + ", whose vocabulary has "
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
