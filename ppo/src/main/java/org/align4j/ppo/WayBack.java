package org.align4j.ppo;

import java.util.function.Supplier;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Leads a session's policy and the critic back to where they were before updates that didn't come to their end.
 *
 * @param critic null for a method without one
 */
record WayBack(TrainingSession<?> session, @Nullable Critic critic) {

    /** Makes updates; where they throw anything, everything that trains is as it was. */
    <T> T orAsBefore(Supplier<T> updates) {
        try (TrainedCopy ofPolicy = TrainedCopy.of(session.policy(), session.optimizer());
                TrainedCopy ofCritic = critic == null ? null : critic.copy()) {
            try {
                return updates.get();
            } catch (RuntimeException | Error cutShort) {
                StopSignal.defer(() -> {
                    ofPolicy.restore();
                    if (ofCritic != null) {
                        ofCritic.restore();
                    }
                });
                throw cutShort;
            }
        }
    }
}
