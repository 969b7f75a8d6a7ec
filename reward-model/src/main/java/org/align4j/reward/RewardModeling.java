package org.align4j.reward;

import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.Cancellation;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingSettings;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.jspecify.annotations.Nullable;

/** Reward modelling: trains a {@link RewardModel} on preferences, as {@code align reward} does. */
public final class RewardModeling extends TrainingSettings<RewardModeling, Preferences, RewardModel> {
    private static final RewardMethod METHOD = new RewardMethod();

    private RewardModeling(Request asked) {
        super(asked);
    }

    /** Returns the settings that are usual. */
    public static RewardModeling usual() {
        return new RewardModeling(Request.of(Map.of()));
    }

    @Override
    protected RewardModeling with(Request other) {
        return new RewardModeling(other);
    }

    @Override
    protected TrainingMethod<?> method() {
        return METHOD;
    }

    /** Loads the reward model of a run: with weights of its own, on the device, in the dtype and with the threads of the training. */
    @Override
    protected RewardModel of(TrainedPolicy trained) {
        String run = trained.run().toString();
        EngineOptions engine = trained.engine();
        trained.close();
        return RewardModel.open(new ModelOptions(run, null, null, engine, TemplateOptions.USUAL));
    }

    /** Takes a run up where it stopped, with its own options, rows and model, and trains it to the end. */
    public static RewardModel resume(Path run) {
        return resume(run, null, TrainingListener.NONE);
    }

    /** Resumes a run as {@link #resume(Path)} does, with a listener, and cancelled by another thread where that is not null. */
    public static RewardModel resume(Path run, @Nullable Cancellation cancellation, TrainingListener listener) {
        return usual().of(resume(METHOD, run, cancellation, listener));
    }
}
