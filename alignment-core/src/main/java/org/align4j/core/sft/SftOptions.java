package org.align4j.core.sft;

import org.align4j.core.figure.MethodFigures;
import org.align4j.core.session.options.RecipeOptions;

/**
 * The options of {@code align sft}.
 *
 * @param recipe what every training command has
 */
public record SftOptions(RecipeOptions recipe) {
    /** Refuses to watch a figure that isn't reported. */
    public SftOptions {
        recipe.requireEvaluation(MethodFigures.ofRows(SftFigures.ALL));
    }
}
