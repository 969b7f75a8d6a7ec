package org.align4j.ppo.distill;

import static org.align4j.core.error.RootFormat.format;

import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.Recipe;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingMethod.Trainer;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.TrainingLog;

/** Distillation: a student answers prompts and learns, token by token, how a teacher would have gone on. */
public final class DistillMethod implements TrainingMethod<DistillOptions> {
    private static final double LORA_RATE = 1e-4;
    private static final double FULL_RATE = 1e-5;

    @Override
    public String name() {
        return "distill";
    }

    @Override
    public String summary() {
        return "distillation: a teacher's distributions on the student's own answers";
    }

    @Override
    public Class<DistillOptions> options() {
        return DistillOptions.class;
    }

    @Override
    public Configured<PromptTokens> configured(DistillOptions options, TrainingLog log) {
        return new OfPrompts(options);
    }

    private record OfPrompts(DistillOptions options) implements Configured<PromptTokens> {
        @Override
        public Recipe<PromptTokens> recipe() {
            // With the fields of their rows, so that a resumed run sees that a hint changed.
            Recipe.Reading<PromptTokens> reading =
                    options.teaching().teacherHint() == null ? RowEncoder::prompts : RowEncoder::promptsWithFields;
            String teacher = options.teaching().teacher();
            return new Recipe<>("distill", LORA_RATE, FULL_RATE, Recipe.Comparison.NONE, reading)
                    .inTurn()
                    .besides(teacher == null ? Map.of() : Map.of("teacher", teacher));
        }

        @Override
        public RecipeOptions asked() {
            return options.session();
        }

        @Override
        public void requireTakenElsewhere(ClusterOptions cluster) {
            throw new InputException(
                    format("%s but distill takes all forwards in one process; leave it out.", cluster.takers()));
        }

        @Override
        public Map<String, ?> preview(TrainingSession<PromptTokens> session) {
            try (Teacher teacher = Teacher.open(options.teaching(), session)) {
                StudentAnswers.of(options, session);
                return Map.of("teacher_bytes", teacher.bytes());
            }
        }

        @Override
        public Trainer trainer(TrainingSession<PromptTokens> session) {
            Teacher teacher = Teacher.open(options.teaching(), session);
            try {
                DistillRecipe recipe = new DistillRecipe(
                        session, teacher, Teacher.measure(options), StudentAnswers.of(options, session));
                return new OfStudent(session, options, teacher, recipe);
            } catch (RuntimeException | Error e) {
                teacher.close();
                throw e;
            }
        }
    }

    private record OfStudent(
            TrainingSession<PromptTokens> session, DistillOptions options, Teacher teacher, DistillRecipe recipe)
            implements Trainer {
        @Override
        public String config() {
            return OptionsYaml.write(options.settled(session.plan()));
        }

        @Override
        public RunResult train(TrainingRun<?> run) {
            return run.train(recipe, Supplement.NONE);
        }

        @Override
        public Evaluation evaluate() {
            return recipe.evaluate();
        }

        @Override
        public void close() {
            teacher.close();
        }
    }
}
