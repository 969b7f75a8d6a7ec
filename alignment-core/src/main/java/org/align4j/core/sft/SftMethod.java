package org.align4j.core.sft;

import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.ObjectiveTrainer;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.Trainer;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;

/**
 * Supervised fine-tuning with its options, as {@code align sft} and Java programs train by it.
 *
 * @param options as they were asked
 */
public record SftMethod(SftOptions options) implements TrainingMethod<TextTokens> {
    @Override
    public Recipe<TextTokens> recipe() {
        return new Recipe<>("sft", 2e-4, 2e-5, Recipe.Comparison.NONE, RowEncoder::texts);
    }

    @Override
    public RecipeOptions asked() {
        return options.recipe();
    }

    @Override
    public void requireTakenElsewhere(ClusterOptions cluster) {}

    @Override
    public Trainer trainer(TrainingSession<TextTokens> session) {
        return new ObjectiveTrainer(
                OptionsYaml.write(new SftOptions(session.plan().options())), () -> new SftRecipe(session));
    }
}
