package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.align4j.core.model.BaseModel;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunResult;
import org.align4j.core.session.OpenTraining;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * A policy that was trained, in memory: it answers, is evaluated on other rows and saved.
 *
 * <pre>{@code
 * Preferences heldOut = Preferences.read(Path.of("heldout.jsonl"));
 * System.out.println(policy.evaluate(heldOut).get("rewards/accuracies"));
 * policy.saveAdapter(Path.of("adapters/mine")); // a PEFT folder
 * }</pre>
 *
 * <p>It shares the weights of the model that it was trained from, and is closed before that.
 */
public final class TrainedPolicy extends AnsweringModel {
    private final OpenTraining<?> training;
    private final @Nullable LanguageModel base;
    private final RunResult result;
    private final Path run;

    private TrainedPolicy(OpenTraining<?> training, @Nullable LanguageModel base, RunResult result, Path run) {
        super(
                new ModelParts(
                        training.session().policy(),
                        training.session()::generator,
                        training.session()::text,
                        training.session()::tasks,
                        null),
                format(
                        "The policy of %s is closed; use it before the end of the try that trained it, or open the run: Align4j.open(\"%s\").",
                        run, run));
        this.training = training;
        this.base = base;
        this.result = result;
        this.run = run;
    }

    static TrainedPolicy begin(Supplier<TrainingMethod.Configured<?>> method, LanguageModel base, TrainingLog log) {
        BaseModel shared = base.share();
        try {
            TrainingMethod.Configured<?> configured = method.get();
            configured.requireNew();
            OpenTraining<?> training = OpenTraining.open(configured, shared, log);
            try {
                RunResult result = training.begin();
                return new TrainedPolicy(training, base, result, training.run());
            } catch (RuntimeException | Error e) {
                training.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            base.release();
            throw e;
        }
    }

    static TrainedPolicy resume(TrainingMethod.Configured<?> method, RunDirectory run, TrainingLog log) {
        OpenTraining<?> training = OpenTraining.open(method, null, log);
        try {
            RunResult result = training.resume(run);
            return new TrainedPolicy(training, null, result, run.path());
        } catch (RuntimeException | Error e) {
            training.close();
            throw e;
        }
    }

    /** The run's directory: checkpoints, metrics, the report, adapter or model. */
    public Path run() {
        return run;
    }

    /** Returns how the run ended, as its {@code result.json} has it. */
    public RunResult result() {
        return result;
    }

    /** Returns where and how the model computes, as settled from the options. */
    public EngineOptions engine() {
        return training.session().plan().machine().engine().options();
    }

    /** The last figures of every name. */
    public FigureValues figures() {
        return new FigureValues(result.metrics().values());
    }

    /**
     * Computes the figures of other rows, as the run's evaluations have them, without the {@code eval_} before their names.
     *
     * @param rows of the kind that the method learns from
     */
    public synchronized FigureValues evaluate(Rows rows) {
        requireOpen();
        return rows.located(this::evaluate);
    }

    private FigureValues evaluate(List<String> names) {
        return new FigureValues(training.evaluate(names).metrics().values());
    }

    /**
     * Writes the adapter in PEFT's format, with a model card.
     *
     * @param folder new or empty
     * @throws org.align4j.core.error.InputException where every weight was trained, so that there is no adapter, or something is there
     */
    public synchronized void saveAdapter(Path folder) {
        requireOpen();
        training.saveAdapter(folder);
    }

    @Override
    void free() {
        training.close();
        if (base != null) {
            base.release();
        }
    }

    /** Writes the run, how it ended and its last figures. */
    @Override
    public String toString() {
        return format(
                "TrainedPolicy[%s, %s after step %d of %d, %s]",
                run,
                result.status(),
                result.step(),
                result.totalSteps(),
                figures().text());
    }
}
