package org.align4j.reward;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align score}.
 *
 * @param engine where and how to compute
 * @param executors who takes the forwards
 * @param template how messages are rendered
 */
record ScoreOptions(
        ScorerOptions scorer,
        EngineOptions engine,
        ExecutorOptions executors,
        TemplateOptions template,
        RowsOptions rows,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        ReadingOptions reading) {
    /** The model that scores. */
    record ScorerOptions(
            @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
            @Nullable
            String model,

            @Option(help = "Adapter on the model: a PEFT, run or checkpoint directory.") @Nullable
            String adapter,

            @Option(
                    help = "Tokens that a sequence may have; more take more memory; the default is the model's limit.",
                    unset = "model")
            @Nullable
            Integer maxLength) {}

    /** The rows that are scored. */
    record RowsOptions(
            @Option(help = "Rows to score: .jsonl, .json, each also .gz; files and globs, comma separated.")
            List<String> data,

            LayoutOptions layout) {
        RowsOptions {
            data = List.copyOf(data);
        }
    }

    /** What is scored by, and how scores are read. */
    record ReadingOptions(
            @Option(
                    help =
                            "A run of align dpo whose implicit reward scores, beta times the log-ratio to its reference, in place"
                                    + " of model.")
            @Nullable
            String implicit,

            @Option(
                    help =
                            "The field of the rows that names their subset: prints accuracy by subset, RewardBench's sections and"
                                    + " ties score, calibration, and how the longest answer does.")
            @Nullable
            String subsets,

            @Option(
                    help =
                            "Scores as the head gives them, not normalised to mean 0 and deviation 1 on the training responses.")
            boolean raw,

            @Option(
                    help =
                            "Process reward models: what ends each step (\\n: a line break, \\t a tab, \\\\ a backslash); auto is"
                                    + " as it was trained.",
                    unset = "auto",
                    escapes = true)
            @Nullable
            String stepSeparator,

            @Option(
                    help =
                            "Process reward models: how the scores of steps become an answer's: min, product or last; auto is as it"
                                    + " was trained.",
                    unset = "auto")
            @Nullable
            Aggregate stepAggregate) {}

    /** Checks that one model is named. */
    public ScoreOptions {
        if ((scorer.model() == null) == (reading.implicit() == null)) {
            throw new InputException(
                    scorer.model() == null
                            ? "model is missing; give a reward model, or a run of align dpo as implicit."
                            : "implicit is " + reading.implicit() + " but model is " + scorer.model()
                                    + "; give one of them.");
        }
        if (reading.implicit() != null && scorer.adapter() != null) {
            throw new InputException(
                    "adapter is " + scorer.adapter() + " but implicit names a run, which has its own; drop adapter.");
        }
        StepForm.USUAL.with(reading.stepSeparator(), reading.stepAggregate());
    }

    /**
     * Refuses options that say nothing to such a model.
     *
     * @param steps whether it scores steps
     */
    void requireFor(boolean steps) {
        if (reading.implicit() != null && reading.raw()) {
            throw new InputException("raw is true but an implicit reward is never normalised; leave it out.");
        }
        if (steps && reading.raw()) {
            throw new InputException(
                    "raw is true but a process reward model's scores are probabilities and never normalised"
                            + " here; leave it out.");
        }
        String given = reading.stepSeparator() != null
                ? "step-separator"
                : reading.stepAggregate() != null ? "step-aggregate" : "";
        if (!steps && !given.isEmpty()) {
            throw new InputException(
                    given + " is for process reward models, but " + name() + " scores whole answers; leave it out.");
        }
    }

    private String name() {
        return reading.implicit() != null ? reading.implicit() : String.valueOf(scorer.model());
    }

    /** Returns the model that scores, or the run whose implicit reward does. */
    ModelOptions opened() {
        return new ModelOptions(name(), scorer.adapter(), scorer.maxLength(), engine, template);
    }

    /** Returns these options for another process that takes forwards of their model, which is settled. */
    ScoreOptions settled(ModelOptions opened) {
        boolean implied = reading.implicit() != null;
        return new ScoreOptions(
                new ScorerOptions(implied ? null : opened.model(), opened.adapter(), opened.maxLength()),
                opened.engine(),
                ExecutorOptions.NONE,
                opened.template(),
                rows,
                null,
                new ReadingOptions(
                        implied ? opened.model() : null,
                        reading.subsets(),
                        reading.raw(),
                        reading.stepSeparator(),
                        reading.stepAggregate()));
    }

    ClusterOptions cluster() {
        return ClusterOptions.of(executors);
    }

    RowSource source() {
        return rows.layout().source("data", rows.data());
    }
}
