package org.align4j.dpo;

import org.align4j.core.bench.Benchmark.BenchOptions;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.PolicyOptions;
import org.align4j.core.session.options.RecipeOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.align4j.core.train.options.LengthOptions;
import org.align4j.core.train.options.OptimizerOptions;

/**
 * The options of {@code align bench}: those of {@code align dpo} that a step's speed can depend on, and what is measured.
 *
 * @param bench what is measured
 */
record BenchCommandOptions(
        PolicyOptions policy,
        DataOptions data,
        RowOptions rows,
        LoraOptions lora,
        LengthOptions length,
        OptimizerOptions optimizer,
        EngineOptions engine,
        ClusterOptions cluster,
        TemplateOptions template,
        LossOptions loss,
        ReferenceOptions reference,

        @Option(help = "Compute each prompt once for its responses.", defaultValue = "true")
        boolean prefixSharing,

        @Option(help = "Lay several rows into one forward; false gives each row its own.", defaultValue = "true")
        boolean packing,

        BenchOptions bench,

        @Option(help = "Only forecast memory, steps and time of the run that the options describe.")
        boolean plan) {
    private static final CheckpointOptions NOTHING_KEPT =
            new CheckpointOptions(null, 1, null, null, null, OnNan.FAIL, 1, false, 0);

    /** Refuses what a benchmark has no use for. */
    public BenchCommandOptions {
        refuse("eval-data", !data.evalData().isEmpty());
        refuse("eval-fraction", data.evalFraction() > 0);
        refuse("guard-data", !data.guardData().isEmpty());
        refuse("guard-tasks", !data.guardTasks().isEmpty());
        if (plan && cluster.isUsed()) {
            throw new InputException("cluster is given but plan only forecasts, on this machine; drop one of them.");
        }
        refuseWithoutPlan("epochs", !plan && length.epochs() != null);
        refuseWithoutPlan("max-steps", !plan && length.maxSteps() != null);
    }

    private static void refuse(String option, boolean given) {
        if (given) {
            throw new InputException(option + " is given but align bench only looks at training; leave it out.");
        }
    }

    private static void refuseWithoutPlan(String option, boolean given) {
        if (given) {
            throw new InputException(option + " is given but steps and warm-up-steps say how many steps are measured;"
                    + " leave it out, or give plan for the forecast of a whole run.");
        }
    }

    /** Rows that are read in: all of them for a plan. */
    int usedRows(int rowsInStep) {
        return plan && bench.rows() == null ? Integer.MAX_VALUE : bench.usedRows(rowsInStep);
    }

    /** The training run whose steps are taken. Its reference is computed anew: what a cache would hide is measured. */
    DpoOptions training() {
        LengthOptions steps = plan
                ? length
                : new LengthOptions(
                        null, bench.allSteps(), length.batchSize(), length.microBatchTokens(), length.shuffle());
        RecipeOptions recipe = new RecipeOptions(
                policy, data, rows, lora, steps, optimizer, NOTHING_KEPT, engine, cluster, template, null, false);
        return new DpoOptions(recipe, loss, reference.computedAnew(), prefixSharing, packing);
    }
}
