package org.align4j.ppo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What a policy loss is computed from, for B responses of a batch, {@code [B][T]} each, log-probabilities in nats.
 *
 * @param policy log-probabilities of the tokens under the policy being trained
 * @param old under the policy that generated them
 * @param advantages of the tokens
 * @param reference under the reference, or null where no KL term needs it
 */
@SuppressWarnings("ArrayRecordComponent")
public record Rollouts(double[][] policy, double[][] old, double[][] advantages, double @Nullable [][] reference) {
    public Rollouts {
        sameShape("old", policy, old);
        sameShape("advantages", policy, advantages);
        if (reference != null) {
            sameShape("reference", policy, reference);
        }
    }

    private static void sameShape(String name, double[][] policy, double[][] other) {
        for (int i = 0; i < Math.max(policy.length, other.length); i++) {
            if (policy.length != other.length || policy[i].length != other[i].length) {
                throw new InputException(format(
                        "%s doesn't have a number for each token of each response; give as many as the policy has.",
                        name));
            }
        }
    }
}
