package org.align4j.core.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.train.options.CheckpointOptions;
import org.align4j.core.train.options.LengthOptions;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.TrainingPlan;

/** Trains the array model, which is no language model, from the command line. */
public final class ArrayMethod implements TrainingMethod<ArrayMethod.Options> {
    record Options(
            @Option(help = "The run directory.") Path out,

            @Option(help = "The step in which a signal comes.", defaultValue = "0")
            int stopIn,

            @Option(help = "Whether its data are no longer what they were.")
            boolean otherData,

            LengthOptions length,
            OptimizerOptions optimizer,
            CheckpointOptions keeping) {}

    @Override
    public String name() {
        return "array";
    }

    @Override
    public String summary() {
        return "train on arrays";
    }

    @Override
    public Class<Options> options() {
        return Options.class;
    }

    @Override
    public Configured<?> configured(Options options, TrainingLog log) {
        throw new UnsupportedOperationException("arrays have no session");
    }

    @Override
    public Path begin(Options given, TrainingLog log) {
        RunDirectory.requireNewOrEmpty(given.out());
        Options options = new Options(
                given.out(),
                0,
                false,
                given.length().plan(1024).options(),
                given.optimizer().plan(0.05).options(),
                given.keeping());
        try (RunDirectory run =
                RunDirectory.create(given.out(), OptionsYaml.write(options), Map.of("command", name()))) {
            train(options, given.stopIn(), run, log);
            return run.path();
        }
    }

    @Override
    public void resume(Options options, RunDirectory run, TrainingLog log) {
        if (options.otherData()) {
            throw new InputException("data is no longer what it was when the run began; put it back.");
        }
        train(options, 0, run, log);
    }

    private static void train(Options options, int stopIn, RunDirectory run, TrainingLog log) {
        ArrayModel model = new ArrayModel(true, moment -> {
            if (moment.startsWith("row " + stopIn + " ")) {
                throw new StoppedException("SIGTERM", 143);
            }
        });
        TrainingPlan training = new TrainingPlan(
                options.length().plan(1024), options.optimizer().plan(0.05), options.keeping(), 42);
        ArrayRun.loop(training, model, model)
                .run(run, ArrayRun.FACTS, List.of(new Product("adapter", model.product())), log);
    }
}
