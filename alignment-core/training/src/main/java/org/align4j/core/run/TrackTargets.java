package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;

/**
 * Where the figures of a run go besides its own files: what {@code --track} names. TensorBoard's file is the run's own; other targets belong to the
 * {@link EventSink} of their word.
 *
 * @param names such as {@code tensorboard} and {@code mlflow:URL#EXPERIMENT}; {@code none} alone for nothing
 */
public record TrackTargets(List<String> names) {
    /** The option that says it. */
    public static final String OPTION = "track";

    private static final String TENSORBOARD = "tensorboard";
    private static final String NONE = "none";
    private static final String WANDB = "wandb";

    public TrackTargets {
        names = List.copyOf(names);
    }

    /** Reads what a run was begun with; a run of an earlier version has TensorBoard's file alone. */
    public static TrackTargets of(Run run) {
        Object named = run.options().getOrDefault(OPTION, List.of(TENSORBOARD));
        return new TrackTargets(
                named instanceof List<?> list
                        ? list.stream().map(String::valueOf).toList()
                        : List.of());
    }

    /** Whether TensorBoard's file is written. */
    public boolean hasTensorBoard() {
        return names.contains(TENSORBOARD);
    }

    /** Returns what stands after a sink's word and the colon, for each target of it. */
    public List<String> of(String word) {
        return names.stream()
                .filter(name -> name.startsWith(word + ":"))
                .map(name -> name.substring(word.length() + 1))
                .toList();
    }

    /** Returns the sinks on the class path, new ones. */
    public static List<EventSink> sinks() {
        List<EventSink> found = new ArrayList<>();
        ServiceLoader.load(EventSink.class, EventSink.class.getClassLoader()).forEach(found::add);
        return found;
    }

    /**
     * Refuses what no sink on the class path takes.
     *
     * @throws InputException naming what can be given
     */
    public void require() {
        if (names.equals(List.of(TENSORBOARD)) || names.equals(List.of(NONE))) {
            return;
        }
        Set<String> given = new HashSet<>();
        for (String name : names) {
            if (!given.add(name)) {
                throw new InputException(format("track names %s twice; name it once.", name));
            }
            require(name);
        }
    }

    private static void require(String name) {
        if (name.equals(TENSORBOARD)) {
            return;
        }
        if (name.equals(NONE)) {
            throw new InputException("track is none beside other targets; give none alone, or drop it.");
        }
        if (name.equals(WANDB)) {
            throw new InputException("track is wandb, which a run doesn't write on its way; train, and then use align"
                    + " track RUN --to wandb.");
        }
        int colon = name.indexOf(':');
        String word = colon < 0 ? name : name.substring(0, colon);
        List<String> known = new ArrayList<>(List.of(TENSORBOARD, NONE));
        for (EventSink sink : sinks()) {
            if (sink.word().filter(word::equals).isPresent()) {
                sink.requireTarget(colon < 0 ? "" : name.substring(colon + 1));
                return;
            }
            sink.word().ifPresent(known::add);
        }
        throw new InputException(
                format("track is %s, which no sink takes%s Known are %s.", name, Nearest.hint(word, known), known));
    }
}
