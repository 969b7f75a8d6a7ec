package org.align4j.core.session.options;

import java.nio.file.Path;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.train.options.KeepingOptions;
import org.align4j.core.train.options.LengthPlan;
import org.align4j.core.train.options.OptimizerPlan;
import org.align4j.core.train.options.TrainingPlan;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, every auto of {@link RecipeOptions} settled: made once, when rows and model are known.
 *
 * @param data each glob and name replaced by its files
 * @param out the run's directory; null where nothing is written
 */
public record RecipePlan(
        PolicyPlan policy,
        DataOptions data,
        RowRules rows,
        LoraOptions lora,
        LengthPlan length,
        OptimizerPlan optimizer,
        KeepingOptions keeping,
        EnginePlan engine,
        ClusterOptions cluster,
        TemplateOptions template,
        @Nullable Path out) {

    /**
     * Settles what is asked.
     *
     * @param asked with the files and directories that names stand for
     * @param rows the rules by which rows were read
     * @param dtype in which is computed
     * @param footprint sizes of forwards
     * @param usualRate the learning rate where none is asked for
     */
    public static RecipePlan of(
            RecipeOptions asked, RowRules rows, Dtype dtype, Footprint footprint, double usualRate) {
        return new RecipePlan(
                PolicyPlan.of(asked.policy(), footprint),
                asked.data(),
                rows,
                asked.lora(),
                asked.length().plan(footprint.microBatchTokens()),
                asked.optimizer().plan(usualRate),
                asked.keeping(),
                asked.engine().plan(dtype),
                asked.cluster()
                        .settled(asked.length().rowsInStep(), asked.policy().method() == PolicyOptions.Method.FULL),
                asked.template(),
                asked.out());
    }

    /** Returns this plan as options: what config.yaml holds of a run. */
    public RecipeOptions options() {
        return new RecipeOptions(
                policy.options(),
                data,
                rows.options(),
                lora,
                length.options(),
                optimizer.options(),
                keeping,
                engine.options(),
                cluster,
                template,
                out,
                false);
    }

    /** Returns what the training loop must know of it. */
    public TrainingPlan training() {
        return new TrainingPlan(length, optimizer, keeping, engine.seed());
    }

    /** Returns where the run goes. */
    public Path runDirectory() {
        if (out == null) {
            throw new IllegalStateException("Without out there is no directory.");
        }
        return out;
    }
}
