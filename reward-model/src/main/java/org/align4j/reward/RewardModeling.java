package org.align4j.reward;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.Cancellation;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingSettings;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.jspecify.annotations.Nullable;

/** Reward modelling: trains a {@link RewardModel} on preferences, as {@code align reward} does. */
public final class RewardModeling extends TrainingSettings<RewardModeling> {
    private static final RewardMethod METHOD = new RewardMethod();

    private RewardModeling(Asked asked) {
        super(asked);
    }

    /** Returns the settings that are usual. */
    public static RewardModeling usual() {
        return new RewardModeling(Asked.of(Map.of()));
    }

    @Override
    protected RewardModeling with(Asked other) {
        return new RewardModeling(other);
    }

    /** Sets the preferences that are evaluated on before, between and after the steps. */
    public RewardModeling evaluatedOn(Preferences rows) {
        return evaluatedOnRows(rows);
    }

    /**
     * Trains to the end, and loads the reward model that came of it: with weights of its own, on the device, in the dtype and with the
     * threads of the training.
     *
     * @param base the model whose body it begins from
     * @param run the run's directory, new or empty
     * @throws org.align4j.core.error.InputException where options, rows or directory are wrong; nothing stays of it
     * @throws org.align4j.core.error.RunException where the run can't go on; its last checkpoint is whole
     * @throws org.align4j.core.stop.StoppedException where it was cancelled; the last whole step is saved
     */
    public RewardModel train(LanguageModel base, Preferences rows, Path run, TrainingListener listener) {
        return loaded(begin(METHOD, base, rows, run, listener));
    }

    /** Trains to the end without a listener. */
    public RewardModel train(LanguageModel base, Preferences rows, Path run) {
        return train(base, rows, run, TrainingListener.NONE);
    }

    /** Takes a run up where it stopped, with its own options, rows and model, and trains it to the end. */
    public static RewardModel resume(Path run) {
        return resume(run, null, TrainingListener.NONE);
    }

    /** Like {@link #resume(Path)}, with a listener, and cancelled by another thread where that is not null. */
    public static RewardModel resume(Path run, @Nullable Cancellation cancellation, TrainingListener listener) {
        return loaded(resume(METHOD, run, cancellation, listener));
    }

    private static RewardModel loaded(TrainedPolicy trained) {
        String run = trained.run().toString();
        EngineOptions engine = trained.engine();
        trained.close();
        return RewardModel.open(new ModelOptions(run, null, null, engine, TemplateOptions.USUAL));
    }
}
