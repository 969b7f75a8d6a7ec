package org.align4j.core.session;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.run.Run;
import org.jspecify.annotations.Nullable;

/** The policy that a run began as, by its {@code config.yaml}. */
public record RunStart(
        @Option(help = "What the run trained.", defaultValue = "")
        String model,

        @Option(help = "The adapter that the run started from.", unset = "none") @Nullable
        String adapter) {
    /**
     * Finds the runs that trained a policy: that of a directory, the one that it went on from, and so on.
     *
     * @param given the name of a model or adapter
     * @return the last one first; empty where the directory is of no run
     */
    public static List<Run> lineage(String given) {
        Set<Run> runs = new LinkedHashSet<>();
        Optional<Run> next = Run.of(given);
        while (next.isPresent() && runs.add(next.get())) {
            RunStart start = next.get().options(RunStart.class);
            next = Run.of(start.adapter == null ? start.model : start.adapter);
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

    /** Whether it names an adapter with a run that has one itself, which earlier versions took. */
    boolean namesTwoAdapters() {
        return adapter != null && !model.isEmpty() && ModelPlace.of(model, null).adapter() != null;
    }

    /** Returns the folder of the model without adapters. */
    Path base() {
        return ModelPlace.of(model, null).model();
    }
}
