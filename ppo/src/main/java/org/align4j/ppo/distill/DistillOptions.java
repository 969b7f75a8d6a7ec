package org.align4j.ppo.distill;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.ppo.DrawingOptions;
import org.align4j.ppo.distill.DistillReport.DistillFigures;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align distill}.
 *
 * @param recipe what every training command has; its data are the answers that the student doesn't write itself
 * @param teaching what is learnt from whom
 * @param drawing how the student's answers are drawn
 */
record DistillOptions(
        @Option.Usual("data=") RecipeOptions recipe,

        @Option(
                help =
                        "Prompts that the student answers: .jsonl, .json, .csv, .tsv, .parquet; files, globs, hf:org/name:split, comma separated; from other rows the prompts are used.")
        List<String> prompts,

        TeachingOptions teaching,
        DrawingOptions drawing) {

    /**
     * What is learnt from whom: a group of options.
     *
     * @param teacher null: the model itself, as it is without an adapter
     * @param teacherHint null: the teacher reads what the student reads
     */
    @Heading("Teacher")
    record TeachingOptions(
            @Option(
                    help =
                            "The model that teaches, with the student's vocabulary: a directory, a run, or org/name; with teacher-hint the model itself, its adapter off.",
                    unset = "self")
            @Nullable
            String teacher,

            @Option(
                    help =
                            "A field of the prompts' rows with text that the teacher reads before the prompt, in its last user message, and the student doesn't.",
                    unset = "none")
            @Nullable
            String teacherHint,

            @Option(
                    help =
                            "0 is the forward KL, 1 the reverse KL, between them the generalised Jensen-Shannon divergence. A larger one keeps the student to what the teacher finds likely, a smaller one has it cover all that the teacher may say.",
                    defaultValue = "0.5")
            double divergenceBeta,

            @Option(
                    help =
                            "Share of the answers that the student writes itself; the others are those of data; a smaller one costs less time.",
                    defaultValue = "1")
            double onPolicyShare,

            @Option(
                    help =
                            "Compare this many of the teacher's likeliest tokens one by one and all others as one; more show more of the tail; 0 compares every token.",
                    defaultValue = "0")
            int teacherTopK) {
        TeachingOptions {
            if (!(divergenceBeta >= 0 && divergenceBeta <= 1)) {
                throw new InputException(format(
                        "divergence-beta is %s but must be from 0, the forward KL, to 1, the reverse KL; 0.5 is usual.",
                        divergenceBeta));
            }
            if (!(onPolicyShare >= 0 && onPolicyShare <= 1)) {
                throw new InputException(format(
                        "on-policy-share is %s but must be from 0, answers of data alone, to 1, the student's alone.",
                        onPolicyShare));
            }
            InputException.requireAtLeast(0, "teacher-top-k", teacherTopK, "0 compares every token");
            if (teacher == null && teacherHint == null) {
                throw new InputException(
                        "teacher is missing; give the model that teaches, or teacher-hint and the field of"
                                + " the rows that gives the model itself more than the prompt.");
            }
            if (teacherHint != null && onPolicyShare < 1) {
                throw new InputException(format(
                        "on-policy-share is %s but teacher-hint is %s, and answers of data come without a hint; set it to 1.",
                        onPolicyShare, teacherHint));
            }
        }

        /** Returns these options with the teacher's name replaced by the directory that it stands for now. */
        TeachingOptions located() {
            return teacher == null
                    ? this
                    : new TeachingOptions(
                            ModelPlace.local(teacher).toString(),
                            teacherHint,
                            divergenceBeta,
                            onPolicyShare,
                            teacherTopK);
        }
    }

    /** Refuses what doesn't go together. */
    DistillOptions {
        prompts = List.copyOf(prompts);
        boolean ownAlone = teaching.onPolicyShare() == 1;
        if (ownAlone && !recipe.inputs().data().data().isEmpty()) {
            throw new InputException(format(
                    "data is %s but on-policy-share is 1, so that no answer of it would be learnt; lower on-policy-share, or drop data.",
                    String.join(",", recipe.inputs().data().data())));
        }
        if (!ownAlone && recipe.inputs().data().data().isEmpty()) {
            throw new InputException(format(
                    "on-policy-share is %s but data is missing; give the answers for the rest, or set it to 1.",
                    teaching.onPolicyShare()));
        }
        if (recipe.lora().size().loraDropout() > 0) {
            throw new InputException(format(
                    "lora-dropout is %s but the student must answer and learn as one model, without dropout; set it to 0.",
                    recipe.lora().size().loraDropout()));
        }
        recipe.requireEvaluation(MethodFigures.ofRows(DistillFigures.ALL));
    }

    /** Returns what a session reads: the prompts are its rows. */
    RecipeOptions session() {
        return recipe.withData(recipe.inputs().data().withNames(prompts));
    }

    /** Returns what the answers of data are read by. */
    DataOptions offPolicy() {
        DataOptions own = recipe.inputs().data();
        return new DataOptions(
                own.data(),
                List.of(),
                0,
                new DataOptions.GuardOptions(List.of(), List.of()),
                own.format(),
                own.columns(),
                own.form());
    }

    /**
     * Returns these options with every auto settled: what config.yaml holds.
     *
     * @param plan of a {@link #session}
     */
    DistillOptions settled(RecipePlan plan) {
        RecipeOptions own = plan.options()
                .withData(plan.inputs().data().withNames(offPolicy().withFiles().data()));
        return new DistillOptions(own, plan.inputs().data().data(), teaching.located(), drawing);
    }
}
