package org.align4j.core;

import java.nio.file.Path;
import java.util.Map;

/** Opens models: the first call of a Java program. */
public final class Align4j {
    private Align4j() {}

    /**
     * Opens a model as it is usually opened: on a GPU where there is one, else on the CPU, with a thread for each core. Whoever opens it
     * closes it.
     *
     * @param model a model directory, {@code org/name[@revision]} from the Hugging Face cache, or a run or checkpoint directory, which
     *     stands for its model with what was trained
     * @throws org.align4j.core.error.InputException where there is no such model, or the JVM was told what changes results
     */
    public static LanguageModel open(String model) {
        return model(model).open();
    }

    /** Opens the model of a directory, as {@link #open(String)} does. */
    public static LanguageModel open(Path model) {
        return open(model.toString());
    }

    /** Begins to say how a model is to be opened; {@link Opening#open} opens it. */
    public static Opening model(String model) {
        return new Opening(Map.of("model", model));
    }

    /** Begins to say how the model of a directory is to be opened; {@link Opening#open} opens it. */
    public static Opening model(Path model) {
        return model(model.toString());
    }
}
