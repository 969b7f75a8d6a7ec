package org.align4j.core.sft;

import java.util.List;
import org.align4j.core.session.options.RecipeOptions;

/**
 * The options of {@code align sft}.
 *
 * @param recipe what every training command has
 */
public record SftOptions(RecipeOptions recipe) {
    /** The figures of evaluation rows. */
    private static final List<String> EVALUATED = List.of("loss", "mean_token_accuracy", "entropy");

    /** Refuses to watch a figure that isn't reported. */
    public SftOptions {
        recipe.requireEvaluation(EVALUATED);
    }
}
