package org.align4j.dpo;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ReferenceChoice;
import org.jspecify.annotations.Nullable;

/** What the policy is compared with: a group of options. */
@Heading("Reference")
record ReferenceOptions(
        @Option(
                help =
                        "What the policy is compared with: base (adapters off), adapter (the one training started from), none, or a model directory; auto is the policy that training starts as.",
                unset = "auto")
        @Nullable
        ReferenceChoice reference,

        @Option(
                help =
                        "TR-DPO: move the reference toward the policy every this many steps; more move it less often; it becomes a second copy of what trains.")
        @Nullable
        Integer referenceSyncSteps,

        @Option(
                help =
                        "The policy's share when the reference moves, above 0 and at most 1; a larger one follows the policy faster; auto is 0.6.",
                unset = "auto")
        @Nullable
        Double referenceMixup,

        @Option(
                help =
                        "Keep the reference's log-probabilities in ALIGN4J_CACHE (auto; not those of one that moves), or compute them for each run (off).",
                defaultValue = "auto")
        ReferenceCache referenceCache) {
    private static final double USUAL_MIXUP = 0.6;

    /** The ways of keeping the reference's log-probabilities. */
    public enum ReferenceCache {
        AUTO,
        OFF
    }

    /** Checks ranges, and that nothing is given that would not act. */
    public ReferenceOptions {
        InputException.requireAtLeast(
                1, "reference-sync-steps", referenceSyncSteps, "leave it out for a reference that stays");
        if (referenceMixup != null && !(referenceMixup > 0 && referenceMixup <= 1)) {
            throw new InputException(
                    "reference-mixup is " + referenceMixup + " but must be above 0 and at most 1; 0.6 is usual.");
        }
        if (referenceMixup != null && referenceSyncSteps == null) {
            throw new InputException("reference-mixup is " + referenceMixup
                    + " but reference-sync-steps is missing, so that the reference never moves; give both or none.");
        }
    }

    /** Whether the reference moves toward the policy. */
    boolean moves() {
        return referenceSyncSteps != null;
    }

    /**
     * A reference that moves mixes the policy's own weights.
     *
     * @param choice what the policy is compared with
     * @param losses the losses, for the message
     * @throws InputException where it can't move
     */
    void requireMovable(ReferenceChoice choice, String losses) {
        if (!moves()) {
            return;
        }
        String given = "reference-sync-steps is " + referenceSyncSteps + " but ";
        switch (choice.kind()) {
            case BASE, ADAPTER -> {}
            case NONE ->
                throw new InputException(
                        reference == null
                                ? given + "loss is " + losses
                                        + ", which compares with no reference; drop one of the two."
                                : given + "reference is none, so that nothing could move; drop one of the two.");
            case MODEL ->
                throw new InputException(given + "reference is " + choice
                        + ", and only weights of the model in training can move toward the policy;"
                        + " give reference base or adapter, or drop reference-sync-steps.");
        }
    }

    /** Returns these options with nothing taken from the cache and nothing put there. */
    ReferenceOptions computedAnew() {
        return new ReferenceOptions(reference, referenceSyncSteps, referenceMixup, ReferenceCache.OFF);
    }

    /**
     * Settles what is still auto.
     *
     * @param choice what the policy is compared with
     */
    ReferencePlan plan(ReferenceChoice choice) {
        if (referenceSyncSteps == null) {
            return new ReferencePlan(choice, null, referenceCache == ReferenceCache.AUTO);
        }
        double mixup = referenceMixup == null ? USUAL_MIXUP : referenceMixup;
        return new ReferencePlan(choice, new ReferencePlan.SoftUpdate(referenceSyncSteps, mixup), false);
    }
}
