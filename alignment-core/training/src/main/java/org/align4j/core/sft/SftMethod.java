package org.align4j.core.sft;

import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.ObjectiveTrainer;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.sft.SftMethod.SftOptions;
import org.align4j.core.train.TrainingLog;

/** Supervised fine-tuning: trains on texts, conversations, or prompts with completions. */
public final class SftMethod implements TrainingMethod<SftOptions> {
    @Override
    public String name() {
        return "sft";
    }

    @Override
    public String summary() {
        return "supervised fine-tuning on texts and conversations";
    }

    @Override
    public Class<SftOptions> options() {
        return SftOptions.class;
    }

    @Override
    public Configured<TextTokens> configured(SftOptions options, TrainingLog log) {
        return new OfTexts(options);
    }

    private record OfTexts(SftOptions options) implements Configured<TextTokens> {
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

    /** The figures of supervised fine-tuning. */
    public static final class SftFigures {
        /** The share of the trained tokens that were the likeliest. */
        public static final Figure TOKEN_ACCURACY =
                Figure.of("mean_token_accuracy", Meaning.HITS).higherIsBetter().captioned("Tokens predicted correctly");

        /** All figures of supervised fine-tuning, in the order in which messages name them. */
        public static final List<Figure> ALL = List.of(LoopFigures.LOSS, TOKEN_ACCURACY, LoopFigures.ENTROPY);

        private SftFigures() {}
    }
}
