package org.align4j.ppo;

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
        ReferenceChoice reference) {
    /** Whether the policy is compared with anything. */
    boolean compares() {
        return reference == null || !reference.is(ReferenceChoice.Kind.NONE);
    }

    /** Returns what the policy is compared with, knowing which reference is the policy that training starts as. */
    ReferenceChoice choice(ReferenceChoice start) {
        return reference == null ? start : reference;
    }
}
