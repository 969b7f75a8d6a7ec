package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.OptionsYaml;
import org.jspecify.annotations.Nullable;

/** The policy that a run began as, by its {@code config.yaml}. */
public record RunStart(
        @Option(help = "What the run trained.", defaultValue = "")
        String model,

        @Option(help = "The adapter that the run started from.", unset = "none") @Nullable
        String adapter) {
    private static final Set<String> NAMES = Set.of("model", "adapter");

    /**
     * Finds the run of a directory: itself, or the one whose adapter, model or checkpoint it is; empty where it is of no run.
     *
     * @param given the name of a model or adapter
     */
    public static Optional<Path> runOf(String given) {
        if (given.isEmpty()) {
            return Optional.empty();
        }
        @Nullable Path folder;
        try {
            folder = Path.of(given).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        for (int up = 0; up < 4 && folder != null; up++) {
            if (Files.isRegularFile(folder.resolve("manifest.json"))
                    && Files.isRegularFile(folder.resolve("config.yaml"))) {
                return Optional.of(folder);
            }
            folder = folder.getParent();
        }
        return Optional.empty();
    }

    /**
     * Reads what a run began as.
     *
     * @param run its directory
     * @throws InputException where its options can't be read
     */
    public static RunStart of(Path run) {
        Path config = run.resolve("config.yaml");
        try {
            return ofYaml(Files.readString(config), config.toString());
        } catch (IOException e) {
            throw new InputException(format("%s can't be read: %s.", config, FileFailure.reason(e)), e);
        }
    }

    /** Takes it from a run's options, whose file {@code name} stands for in errors. */
    static RunStart ofYaml(String config, String name) {
        String own = config.lines()
                .filter(line -> NAMES.contains(line.substring(0, Math.max(0, line.indexOf(':')))))
                .collect(Collectors.joining("\n"));
        return OptionsYaml.parse(own, name, RunStart.class);
    }

    /**
     * Finds the runs that trained a policy: that of a directory, the one that it went on from, and so on.
     *
     * @param given the name of a model or adapter
     * @return the last one first; empty where the directory is of no run
     */
    public static List<Path> lineage(String given) {
        Set<Path> runs = new LinkedHashSet<>();
        Optional<Path> next = runOf(given);
        while (next.isPresent() && runs.add(next.get())) {
            RunStart start = of(next.get());
            next = runOf(start.adapter == null ? start.model : start.adapter);
        }
        return List.copyOf(runs);
    }

    /**
     * Finds the files of the policy. Of a run from before both were refused, that named a run with an adapter as its model and an
     * adapter besides, it is the model of that run with the adapter.
     *
     * @throws InputException where they are not there any more
     */
    public ModelPlace place() {
        return ModelPlace.of(namesTwoAdapters() ? base().toString() : model, adapter);
    }

    /** Whether it names an adapter beside a run that has one itself, which earlier versions took. */
    boolean namesTwoAdapters() {
        return adapter != null && !model.isEmpty() && ModelPlace.of(model, null).adapter() != null;
    }

    /** The model without adapters. */
    Path base() {
        return ModelPlace.of(model, null).model();
    }
}
