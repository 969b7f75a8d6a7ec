package org.align4j.dpo;

import org.align4j.core.cli.options.Option;
import org.align4j.core.error.InputException;
import org.align4j.core.session.PolicyOptions;
import org.align4j.core.session.RecipeOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align dpo}.
 *
 * @param recipe what every training command has
 * @param loss what is minimised
 * @param reference what the policy is compared with; null for the usual
 * @param referenceCache whether the reference's log-probabilities stay on disk for the next run
 * @param prefixSharing whether a prompt is computed once for both responses
 * @param packing whether sequences are laid end to end; nothing is ever padded, so false only gives each row its own forward
 */
public record DpoOptions(
        RecipeOptions recipe,
        LossOptions loss,

        @Option(
                help =
                        "What the policy is compared with: base, adapter (the starting one), none, or a model directory.",
                unset = "auto")
        @Nullable
        ReferenceChoice reference,

        @Option(
                help =
                        "Keep the reference's log-probabilities in ALIGN4J_CACHE (auto), or compute them for each run (off).",
                defaultValue = "auto")
        ReferenceCache referenceCache,

        @Option(help = "Compute each prompt once for its responses.", defaultValue = "true")
        boolean prefixSharing,

        @Option(help = "Lay several rows into one forward; false gives each row its own.", defaultValue = "true")
        boolean packing) {

    /** Where the reference's log-probabilities are kept. */
    public enum ReferenceCache {
        AUTO,
        OFF
    }

    /** Refuses what doesn't go together. */
    public DpoOptions {
        ReferenceChoice usual = ReferenceChoice.parse(recipe.policy().adapter() == null ? "base" : "adapter");
        ReferenceChoice choice = loss.reference(reference, usual);
        if (choice.kind() == ReferenceChoice.Kind.ADAPTER && recipe.policy().adapter() == null) {
            throw new InputException(
                    "reference is adapter but no adapter is given to start from; give adapter, or reference base.");
        }
        if (choice.kind() == ReferenceChoice.Kind.ADAPTER && recipe.policy().method() == PolicyOptions.Method.FULL) {
            throw new InputException("reference is adapter but method is full; use reference base.");
        }
    }

    /** What the policy is compared with. */
    ReferenceChoice resolvedReference() {
        return loss.reference(reference, ReferenceChoice.parse(recipe.policy().adapter() == null ? "base" : "adapter"));
    }

    /** The same with every auto settled. */
    DpoOptions resolved(RecipeOptions settled) {
        return new DpoOptions(settled, loss.resolved(), resolvedReference(), referenceCache, prefixSharing, packing);
    }
}
