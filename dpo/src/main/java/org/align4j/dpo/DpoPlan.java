package org.align4j.dpo;

import org.align4j.core.model.Decoder;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.dpo.loss.Trait;

/**
 * What a run of preference training does, every auto of {@link DpoOptions} settled.
 *
 * @param recipe what every training command has
 * @param loss what is minimised
 * @param reference what the policy is compared with
 * @param prefixSharing whether a prompt is computed once for both responses
 * @param packing whether several rows lie in one forward
 */
record DpoPlan(RecipePlan recipe, LossOptions loss, ReferencePlan reference, boolean prefixSharing, boolean packing) {

    /** Returns how rows lie in a model's forwards. */
    RowLayout layout(Decoder decoder) {
        return new RowLayout(
                prefixSharing, packing, loss.traits().contains(Trait.NEEDS_PROMPT_TOKENS), decoder.lengthBoundary());
    }

    /** Counts the rounds of forwards in a step: a loss that must see the whole batch first scores it before it computes gradients. */
    int rounds() {
        return loss.traits().contains(Trait.NEEDS_WHOLE_BATCH) || loss.traits().contains(Trait.STATEFUL) ? 2 : 1;
    }

    /** Returns this plan as options: what config.yaml holds. */
    DpoOptions options() {
        return new DpoOptions(
                recipe.options(), loss.withBeta(loss.usedBeta()), reference.options(), prefixSharing, packing);
    }
}
