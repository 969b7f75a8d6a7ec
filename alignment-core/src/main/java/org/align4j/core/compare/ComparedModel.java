package org.align4j.core.compare;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.align4j.core.web.DownloadListener;
import org.align4j.core.error.InputException;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.RunStart;

/**
 * A model that is compared: a model, run, checkpoint or adapter directory, a model on the hub, or {@code base:RUN}, the policy that a
 * run began as.
 *
 * @param given as it was typed
 * @param name what it is called in all files
 * @param place where it lies
 */
public record ComparedModel(String given, String name, ModelPlace place) {
    private static final String BASE = "base:";

    /**
     * Finds a model.
     *
     * @param name what it is to be called
     * @throws InputException where there is none, or one of no run has no adapter to switch off
     */
    public static ComparedModel find(String given, String name, DownloadListener listener) {
        if (!given.startsWith(BASE)) {
            return new ComparedModel(given, name, ModelPlace.ofAny(given, listener));
        }
        String run = given.substring(BASE.length());
        ModelPlace place = ModelPlace.ofAny(run, listener);
        Optional<Path> trained = RunStart.runOf(run);
        if (trained.isPresent()) {
            return new ComparedModel(
                    given, name, place.heldAlike(RunStart.of(trained.get()).place()));
        }
        if (place.adapter() == null) {
            throw new InputException("models names " + given
                    + ", which is of no run and has no adapter to switch off; name the model itself.");
        }
        return new ComparedModel(given, name, new ModelPlace(place.model(), null, place.quantization(), place.dtype()));
    }

    /** Returns a name for a model as it was typed: its directory's, or {@code base:} and that. */
    public static String usualName(String given) {
        boolean base = given.startsWith(BASE);
        String path = (base ? given.substring(BASE.length()) : given).replaceFirst("[/\\\\]+$", "");
        String last = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
        return (base ? BASE : "") + (last.isEmpty() ? path : last);
    }

    /** Tells whether two models stand on one base that is held alike. */
    boolean sharesBase(ComparedModel other) {
        return place.model()
                        .toAbsolutePath()
                        .normalize()
                        .equals(other.place.model().toAbsolutePath().normalize())
                && Objects.equals(place.quantization(), other.place.quantization());
    }
}
