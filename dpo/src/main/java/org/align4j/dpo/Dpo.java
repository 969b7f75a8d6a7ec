package org.align4j.dpo;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.Cancellation;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.TrainingSettings;
import org.align4j.core.session.TrainingMethod;
import org.align4j.dpo.loss.LossValues;
import org.align4j.dpo.loss.PreferenceLoss;
import org.jspecify.annotations.Nullable;

/**
 * Direct preference optimization and its kin: trains a model on preferences, as {@code align dpo} does.
 *
 * <pre>{@code
 * Preferences pairs = Preferences.read(Path.of("pairs.jsonl"));
 * Dpo settings = Dpo.with(new Sigmoid(0.1)).batchSize(32).seed(7);
 * try (LanguageModel base = Align4j.open("HuggingFaceTB/SmolLM2-135M-Instruct");
 *         TrainedPolicy policy = settings.train(base, pairs, Path.of("runs/dpo"))) {
 *     System.out.println(policy.result().status());
 * }
 * }</pre>
 */
public final class Dpo extends TrainingSettings<Dpo, Preferences, TrainedPolicy> {
    private static final DpoMethod METHOD = new DpoMethod();

    private Dpo(Request asked) {
        super(asked);
    }

    /**
     * Returns the settings that are usual for a loss, or for the sum of several; option {@code loss-weights} weighs them.
     *
     * @throws org.align4j.core.error.InputException where losses of a sum differ in a parameter that they share
     */
    public static Dpo with(PreferenceLoss loss, PreferenceLoss... more) {
        List<PreferenceLoss> losses =
                Stream.concat(Stream.of(loss), Stream.of(more)).toList();
        return new Dpo(Request.of(LossValues.options(losses)));
    }

    /** Returns the settings that are usual: the sigmoid loss, β 0.1. */
    public static Dpo usual() {
        return new Dpo(Request.of(Map.of()));
    }

    @Override
    protected Dpo with(Request other) {
        return new Dpo(other);
    }

    @Override
    protected TrainingMethod<?> method() {
        return METHOD;
    }

    @Override
    protected TrainedPolicy of(TrainedPolicy trained) {
        return trained;
    }

    /** Takes a run up where it stopped, with its own options, rows and model, and trains it to the end. */
    public static TrainedPolicy resume(Path run) {
        return resume(METHOD, run, null, TrainingListener.NONE);
    }

    /** Resumes a run as {@link #resume(Path)} does, with a listener, and cancelled by another thread where that is not null. */
    public static TrainedPolicy resume(Path run, @Nullable Cancellation cancellation, TrainingListener listener) {
        return resume(METHOD, run, cancellation, listener);
    }
}
