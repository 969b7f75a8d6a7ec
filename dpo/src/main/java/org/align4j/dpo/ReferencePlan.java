package org.align4j.dpo;

import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.ReferenceOptions.ReferenceCache;
import org.jspecify.annotations.Nullable;

/**
 * What the policy is compared with, every auto of {@link ReferenceOptions} settled.
 *
 * @param choice the reference
 * @param motion how it moves toward the policy; null: it stays
 * @param cached whether its log-probabilities stay on disk for the next run; never of one that moves
 */
record ReferencePlan(ReferenceChoice choice, @Nullable SoftUpdate motion, boolean cached) {

    /**
     * Holds the interval and mixing weight of TR-DPO's soft update.
     *
     * @param steps after every so many
     * @param mixup the policy's share
     */
    record SoftUpdate(int steps, double mixup) {}

    /** Whether the reference is one of a kind. */
    boolean is(ReferenceChoice.Kind kind) {
        return choice.kind() == kind;
    }

    /** Returns this plan as options: what config.yaml holds. */
    ReferenceOptions options() {
        return motion == null
                ? new ReferenceOptions(choice, null, null, cached ? ReferenceCache.AUTO : ReferenceCache.OFF)
                : new ReferenceOptions(choice, motion.steps(), motion.mixup(), ReferenceCache.OFF);
    }

    /** Says to people what the reference is and how it moves. */
    String text() {
        return motion == null
                ? choice.toString()
                : choice + ", after every " + motion.steps() + " steps " + motion.mixup()
                        + " of the policy and the rest of itself";
    }
}
