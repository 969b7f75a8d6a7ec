package org.align4j.core.session.options;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.row.DataOptions;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.LengthOptions;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.WatchingOptions;
import org.jspecify.annotations.Nullable;

/** The options that every training command has. */
@Heading("")
public record RecipeOptions(
        PolicyOptions policy,
        InputOptions inputs,
        LoraOptions lora,
        LearningOptions learning,
        MachineOptions machine,
        TemplateOptions template,
        OutputOptions output) {
    /** The rows that are read, and how. */
    public record InputOptions(DataOptions data, RowOptions rows) {}

    /** How long and by which steps a run trains, and what it keeps and shows. */
    public record LearningOptions(
            LengthOptions length, OptimizerOptions optimizer, CheckpointOptions keeping, WatchingOptions watching) {}

    /** Where a run computes. */
    public record MachineOptions(EngineOptions engine, ClusterOptions cluster) {}

    /** Where a run is written. */
    public record OutputOptions(
            @Option(help = "The run's directory; must be new or empty.") @Nullable
            Path out,

            @Option(help = "Read everything, report rows and the forecast, write nothing.")
            boolean dryRun) {}

    private static final int MOST_SIDE_BY_SIDE = 4;
    private static final int ROWS_A_THREAD = 4;

    /** Refuses what is missing and what doesn't go together. */
    public RecipeOptions {
        if (policy.method() == PolicyOptions.Method.FULL && policy.adapter() != null) {
            throw new InputException("method is full but adapter is " + policy.adapter()
                    + "; merge the adapter first (align merge) or train with method lora or qlora.");
        }
        if (policy.method() == PolicyOptions.Method.FULL
                && learning.keeping().kept().epochAdapters()) {
            throw new InputException("epoch-adapters is true but method full trains no adapter; drop it and raise keep"
                    + " instead, or train with method lora or qlora.");
        }
        int devices = machine.engine().device().count();
        if (devices > 1
                && (machine.cluster().processes() == null || machine.cluster().processes() != devices)) {
            throw new InputException("device is " + machine.engine().device() + ", a card for each of " + devices
                    + " processes, but processes is "
                    + (machine.cluster().processes() == null
                            ? "none"
                            : machine.cluster().processes())
                    + "; give processes " + devices + ", or name one card.");
        }
    }

    /**
     * Refuses options of evaluation that nothing will serve, before anything is read.
     *
     * @param ofRows the names of the figures that evaluation rows give
     * @throws InputException where there is nothing to evaluate on, or a figure is watched that isn't reported
     */
    public void requireEvaluation(Collection<String> ofRows) {
        boolean evaluates = !inputs.data().evalData().isEmpty() || inputs.data().evalFraction() > 0;
        boolean guarded = !inputs.data().guard().guardData().isEmpty();
        learning.keeping()
                .requireEvaluation(evaluates
                        || guarded
                        || !inputs.data().guard().guardTasks().isEmpty());
        Set<String> reported = new LinkedHashSet<>(evaluates ? ofRows : Set.of());
        if (guarded) {
            reported.add(LoopFigures.GUARD_PERPLEXITY.name());
        }
        learning.keeping().requireWatchable(reported);
    }

    /**
     * Whether forwards of a step go side by side, one per thread: on the CPU, where what trains is an adapter, whose gradients each
     * thread has again. For many cores, or of a small batch, there aren't forwards enough.
     */
    public boolean isSideBySide() {
        return policy.method() != PolicyOptions.Method.FULL
                && machine.engine().device().processor() != DeviceChoice.Processor.GPU
                && machine.engine().usedThreads() > 1
                && machine.engine().usedThreads() <= MOST_SIDE_BY_SIDE
                && learning.length().rowsInStep()
                        >= ROWS_A_THREAD * machine.engine().usedThreads();
    }

    /**
     * Counts the threads of each kernel on the CPU: what a run's bits depend on, since sums are cut by it. Where forwards go side by side it
     * is that of a slice, however many forwards are under way.
     *
     * @param sideBySide whether the method's forwards may go side by side
     */
    public int kernelThreads(boolean sideBySide) {
        int threads = machine.engine().usedThreads();
        return sideBySide && isSideBySide() ? Math.min(machine.cluster().sliceThreads(), threads) : threads;
    }

    /** Returns these options with another number of threads. */
    public RecipeOptions withThreads(int threads) {
        EngineOptions other = machine.engine().withThreads(threads);
        return new RecipeOptions(
                policy, inputs, lora, learning, new MachineOptions(other, machine.cluster()), template, output);
    }

    /** Returns these options with the cluster as it was settled. */
    public RecipeOptions withCluster(ClusterOptions settled) {
        return new RecipeOptions(
                policy, inputs, lora, learning, new MachineOptions(machine.engine(), settled), template, output);
    }

    /** Returns these options with another number of rows in a step, for a method whose own options say it. */
    public RecipeOptions withBatchSize(int size) {
        LengthOptions other = learning.length().withBatchSize(size);
        return new RecipeOptions(
                policy,
                inputs,
                lora,
                new LearningOptions(other, learning.optimizer(), learning.keeping(), learning.watching()),
                machine,
                template,
                output);
    }

    /** Returns these options with other files. */
    public RecipeOptions withData(DataOptions other) {
        return new RecipeOptions(
                policy, new InputOptions(other, inputs.rows()), lora, learning, machine, template, output);
    }

    /**
     * Returns these options with every name and glob replaced by what it stands for now: what config.yaml holds.
     *
     * @param directory finds the directory of a model or an adapter by its name
     */
    public RecipeOptions located(Function<String, Path> directory) {
        return new RecipeOptions(
                policy.located(directory),
                new InputOptions(inputs.data().withFiles(), inputs.rows()),
                lora,
                learning,
                machine,
                template,
                output);
    }

    /**
     * Looks at the run's directory before anything is read.
     *
     * @throws InputException where it is missing for what is no dry run, or is not new or empty
     */
    public void requireDirectory() {
        if (output.out() != null) {
            RunDirectory.requireNewOrEmpty(output.out());
        } else if (!output.dryRun()) {
            throw new InputException("out is missing; give the directory that the run is to be written to.");
        }
    }
}
