package org.align4j.ppo;

import org.align4j.core.model.Weights;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.session.ReferenceModel;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ReferenceChoice;
import org.jspecify.annotations.Nullable;

/**
 * What the policy of a run is compared with: frozen weights over its own base, or another model, which closing it lets go of.
 */
final class Reference implements AutoCloseable {
    private final Policy policy;
    private final Weights weights;
    private final @Nullable ReferenceModel other;

    private Reference(Policy policy, Weights weights, @Nullable ReferenceModel other) {
        this.policy = policy;
        this.weights = weights;
        this.other = other;
    }

    /** Opens the reference of a session; null where it compares with nothing. */
    public static @Nullable Reference of(TrainingSession<?> session) {
        Policy own = session.policy();
        ReferenceChoice choice = session.reference();
        return switch (choice.kind()) {
            case BASE -> new Reference(own, own.base(), null);
            case ADAPTER -> new Reference(own, own.start(), null);
            case NONE -> null;
            case MODEL -> {
                ReferenceModel other = ReferenceModel.open(choice, session);
                yield new Reference(other.policy(), other.policy().weights(), other);
            }
        };
    }

    /** Sets the temperature of the reference's distributions. */
    void setTemperature(double temperature) {
        policy.setTemperature(temperature);
    }

    /** Computes the log-probabilities of a batch's tokens. */
    TokenScores score(PackedBatch batch) {
        return policy.score(batch, weights);
    }

    @Override
    public void close() {
        if (other != null) {
            other.close();
        }
    }
}
