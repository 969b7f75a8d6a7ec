package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Early warnings in words: what in the data, the settings and the metrics so far usually ends in a model nobody wants. Pure functions;
 * a healthy run gets none.
 */
public final class Warnings {
    /** The code of {@link #outOfMemory}. */
    public static final String OUT_OF_MEMORY = "out-of-memory";

    private Warnings() {}

    /** Returns the warnings of {@link #beforeTraining} and {@link #duringTraining}. */
    public static List<Warning> of(MetricHistory history, DataFacts facts) {
        List<Warning> found = new ArrayList<>(beforeTraining(facts));
        found.addAll(duringTraining(history, facts));
        return List.copyOf(found);
    }

    /** What data and settings alone tell, before the first step. */
    public static List<Warning> beforeTraining(DataFacts facts) {
        return facts.warnings();
    }

    /** What the metrics so far tell, by what the method looks for; call it after an evaluation and at the end. */
    public static List<Warning> duringTraining(MetricHistory history, DataFacts facts) {
        return facts.method().early().stream()
                .map(early -> early.look(history, facts))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Memory was refused, and the same rows went through smaller forwards. */
    public static Warning outOfMemory(int tokensBefore, int tokensNow) {
        return new Warning(
                OUT_OF_MEMORY,
                format(
                        "Memory was refused with micro-batch-tokens %d; the same rows were computed again with %d, which changes results by rounding only.",
                        tokensBefore, tokensNow),
                format("Give micro-batch-tokens %d next time, or recompute true, or more memory.", tokensNow));
    }

    /** There is little to train on. */
    public static Warning fewRows(String seen) {
        return new Warning("few-rows", seen, "Collect a few hundred; below 50 the result is mostly chance.");
    }

    /** Warns that the weights change in few steps. */
    public static Warning fewUpdates(String seen, String advice) {
        return new Warning("few-steps", seen, advice);
    }

    /** Formats a number with three significant digits. */
    static String brief(double value) {
        return format("%.3g", value);
    }
}
