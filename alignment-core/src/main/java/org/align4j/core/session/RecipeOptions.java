package org.align4j.core.session;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.align4j.core.data.rules.DataOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.options.Option;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.options.DeviceChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.align4j.core.train.TrainingOptions;
import org.align4j.core.train.options.KeepingOptions;
import org.align4j.core.train.options.LengthOptions;
import org.align4j.core.train.options.OptimizerOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options that every training command has.
 *
 * @param out the run's directory; null where nothing is written
 * @param dryRun whether everything is read and reported and nothing written
 */
public record RecipeOptions(
        PolicyOptions policy,
        DataOptions data,
        LoraOptions lora,
        LengthOptions length,
        OptimizerOptions optimizer,
        KeepingOptions keeping,
        EngineOptions engine,
        TemplateOptions template,

        @Option(help = "The run's directory; must be new or empty.") @Nullable
        Path out,

        @Option(help = "Read everything, report rows and the forecast, write nothing.")
        boolean dryRun) {
    private static final int MOST_SIDE_BY_SIDE = 4;
    private static final int ROWS_A_THREAD = 4;

    /** Refuses what is missing and what doesn't go together. */
    public RecipeOptions {
        if (policy.method() == PolicyOptions.Method.FULL && policy.adapter() != null) {
            throw new InputException("method is full but adapter is " + policy.adapter()
                    + "; merge the adapter first (align merge) or train with method lora or qlora.");
        }
    }

    /**
     * Refuses options of evaluation that nothing will serve, before anything is read.
     *
     * @param ofRows the names of the figures that evaluation rows give
     * @throws InputException where there is nothing to evaluate on, or a figure is watched that isn't reported
     */
    public void requireEvaluation(Collection<String> ofRows) {
        boolean rows = !data.evalData().isEmpty() || data.evalFraction() > 0;
        boolean guarded = !data.guardData().isEmpty();
        keeping.requireEvaluation(rows || guarded);
        Set<String> reported = new LinkedHashSet<>(rows ? ofRows : Set.of());
        if (guarded) {
            reported.add(GuardPerplexity.FIGURE);
        }
        keeping.requireWatchable(reported);
    }

    /**
     * Whether forwards of a step go side by side, one a thread: on the CPU, where what trains is an adapter, whose gradients each
     * thread has again. For many cores, or of a small batch, there aren't forwards enough.
     */
    public boolean isSideBySide() {
        return policy.method() != PolicyOptions.Method.FULL
                && engine.device().processor() != DeviceChoice.Processor.GPU
                && engine.settledThreads() > 1
                && engine.settledThreads() <= MOST_SIDE_BY_SIDE
                && length.rowsInStep() >= ROWS_A_THREAD * engine.settledThreads();
    }

    /** Returns these options with other rows in a step: for a method whose own options say how large one is. */
    public RecipeOptions withBatchSize(int rows) {
        LengthOptions other = length.withBatchSize(rows);
        return new RecipeOptions(policy, data, lora, other, optimizer, keeping, engine, template, out, dryRun);
    }

    /** Returns these options with other rules for the rows. */
    public RecipeOptions withData(DataOptions other) {
        return new RecipeOptions(policy, other, lora, length, optimizer, keeping, engine, template, out, dryRun);
    }

    /**
     * Looks at the run's directory before anything is read.
     *
     * @throws InputException where it is missing for what is no dry run, or is not new or empty
     */
    public void requireDirectory() {
        if (out != null) {
            RunDirectory.requireNewOrEmpty(out);
        } else if (!dryRun) {
            throw new InputException("out is missing; give the directory that the run is to be written to.");
        }
    }

    /** Where the run goes. */
    Path runDirectory() {
        if (out == null) {
            throw new IllegalStateException("Without out there is no directory.");
        }
        return out;
    }

    /** What the loop must know. */
    public TrainingOptions training() {
        return new TrainingOptions(length, optimizer, keeping, engine.seed());
    }

    /**
     * Returns these options with max-length settled for a model.
     *
     * @param positions tokens that a sequence of the model may have
     * @throws InputException where more was asked for
     */
    RecipeOptions within(int positions) {
        return new RecipeOptions(
                policy, data.within(positions), lora, length, optimizer, keeping, engine, template, out, dryRun);
    }

    /** Returns these options with every other auto settled: what config.yaml holds. */
    RecipeOptions resolved(Computing computing, Footprint footprint, HeadedDecoder headed, double defaultLearningRate) {
        PolicyOptions settledPolicy = new PolicyOptions(
                ModelPlace.local(policy.model()).toString(),
                policy.adapter() == null
                        ? null
                        : ModelPlace.local(policy.adapter()).toString(),
                policy.method(),
                policy.storage().resolved(policy.method()),
                policy.recompute() == null
                        ? Boolean.valueOf(footprint.recompute()
                                || StorageOptions.recomputes(
                                        policy.method(), policy.storage().weights()))
                        : policy.recompute(),
                policy.logProbChunk() == null && headed.task() == null
                        ? Integer.valueOf(HeadKernels.chunkRows(headed.decoder().vocabulary()))
                        : policy.logProbChunk());
        EngineOptions settledEngine =
                new EngineOptions(engine.device(), computing.dtypeChoice(), engine.settledThreads(), engine.seed());
        return new RecipeOptions(
                settledPolicy,
                data.resolved(),
                lora,
                length.resolved(footprint.microBatchTokens()),
                optimizer.resolved(defaultLearningRate),
                keeping,
                settledEngine,
                template,
                out,
                dryRun);
    }
}
