package org.align4j.core.sft;

import org.align4j.core.session.RecipeOptions;

/**
 * The options of {@code align sft}.
 *
 * @param recipe what every training command has
 */
public record SftOptions(RecipeOptions recipe) {}
