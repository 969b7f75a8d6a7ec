package org.align4j.core.doctor;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import org.align4j.core.doctor.ModelTexts.ModelCheck;
import org.align4j.core.terminal.Terminal;

/** Makes the doctor's checks that ask a model; found by {@link ServiceLoader} where the libraries that compute models are. */
public interface ModelCheckSource {
    /**
     * Returns checks that load the model when they are shown pairs.
     *
     * @param terminal shows downloads, and how it goes on
     */
    ModelCheck check(ModelCheckOptions options, Terminal terminal);

    /**
     * Returns the tokens of the longest sequence that a model was made for.
     *
     * @param config its config.json
     */
    int maxPositions(Path config);

    /** Finds the only one that there is; empty where no library computes models. */
    static Optional<ModelCheckSource> find() {
        return ServiceLoader.load(ModelCheckSource.class).findFirst();
    }
}
