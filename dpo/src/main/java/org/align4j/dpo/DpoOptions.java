package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.Trait;

/**
 * The options of {@code align dpo}.
 *
 * @param recipe what every training command has
 * @param loss what is minimised
 * @param reference what the policy is compared with
 */
@Heading("Forwards")
public record DpoOptions(
        RecipeOptions recipe,
        LossOptions loss,
        ReferenceOptions reference,

        @Option(help = "Compute each prompt once for its responses.", defaultValue = "true")
        boolean prefixSharing,

        @Option(help = "Pack several rows into one forward pass; false gives each row its own.", defaultValue = "true")
        boolean packing) {

    /** Refuses what doesn't go together. */
    public DpoOptions {
        // Whether the start is an adapter or a whole model changes nothing here; TrainingInputs settles it.
        ReferenceChoice choice = loss.reference(reference.reference(), ReferenceChoice.ofStart(null));
        if (choice.is(ReferenceChoice.Kind.ADAPTER) && recipe.policy().method() == PolicyOptions.Method.FULL) {
            throw new InputException(
                    "reference is adapter but method is full, which trains no adapter; use reference base.");
        }
        reference.requireMovable(choice, loss.names());
        recipe.requireEvaluation(evaluated(loss));
        Set<Trait> traits = loss.traits();
        if (traits.contains(Trait.NEEDS_MISMATCHED_ROWS)) {
            requireMismatchable(choice, loss, recipe.learning().length().rowsInStep());
        }
        boolean otherBase = choice.kind() == ReferenceChoice.Kind.MODEL || choice.kind() == ReferenceChoice.Kind.NONE;
        if (traits.contains(Trait.NEEDS_SEQUENCE_KL) && otherBase) {
            throw new InputException("reference is " + choice
                    + " but loss tdpo compares whole distributions with the policy's own base; give base or adapter.");
        }
    }

    /** The names of the figures that evaluation rows give under some losses. */
    private static List<String> evaluated(LossOptions loss) {
        List<Figure> figures = new ArrayList<>(
                loss.isUnpaired()
                        ? DpoFigures.ofAnswers()
                        : DpoFigures.ofPairs(
                                loss.losses().stream().map(PreferenceLoss::name).toList()));
        if (loss.traits().contains(Trait.NEEDS_MISMATCHED_ROWS)) {
            figures.add(DpoFigures.BASELINE);
        }
        return MethodFigures.ofRows(figures);
    }

    private static void requireMismatchable(ReferenceChoice choice, LossOptions loss, int batchSize) {
        if (batchSize < 2) {
            throw new InputException("batch-size is " + batchSize + " but loss is " + loss.names()
                    + ", whose z needs the answer of another row; give at least 2.");
        }
        if (choice.kind() == ReferenceChoice.Kind.MODEL) {
            throw new InputException("reference is " + choice + " but loss is " + loss.names()
                    + ", which scores mismatched rows under the reference at every step; give base or adapter.");
        }
    }

    /**
     * What the policy is compared with: as asked, or what is usual for the losses.
     *
     * @param start the reference that is the policy which training starts as
     */
    ReferenceChoice referenceChoice(ReferenceChoice start) {
        return loss.reference(reference.reference(), start);
    }

    /**
     * Settles what is still auto.
     *
     * @param settled what every training command has
     * @param compared what the policy is compared with, settled
     */
    DpoPlan plan(RecipePlan settled, ReferenceChoice compared) {
        return new DpoPlan(settled, loss, reference.plan(compared), prefixSharing, packing);
    }
}
