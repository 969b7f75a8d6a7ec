package org.align4j.core.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Figures of runs written by hand, and what early warnings make of them. */
public final class Histories {
    private Histories() {}

    /** Lines as they are. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public static MetricHistory of(Map<String, Double>... lines) {
        return new MetricHistory(List.of(lines));
    }

    /** A line a step, from 1. */
    public static MetricHistory steps(int count, IntFunction<Map<String, Double>> values) {
        List<Map<String, Double>> lines = new ArrayList<>();
        for (int step = 1; step <= count; step++) {
            Map<String, Double> line = new LinkedHashMap<>();
            line.put("step", (double) step);
            line.putAll(values.apply(step));
            lines.add(line);
        }
        return new MetricHistory(lines);
    }

    /** The warnings of a run whose data and settings are healthy. */
    public static List<Warning> warnings(MetricHistory history, MethodWarnings method) {
        UsualRate usual = new UsualRate(2e-5, 4096);
        return Warnings.of(
                history,
                new DataFacts(
                        new DataFacts.Rows(1000, 990),
                        200,
                        Screening.NONE,
                        new DataFacts.Rate(2e-5, usual, 1.0),
                        "",
                        List.of(),
                        method));
    }

    /** The codes of warnings. */
    public static List<String> codes(List<Warning> warnings) {
        return warnings.stream().map(Warning::code).toList();
    }

    /** The advice of the only warning. */
    public static String advice(MetricHistory history, MethodWarnings method) {
        List<Warning> found = warnings(history, method);
        if (found.size() != 1) {
            throw new AssertionError("Not one warning: " + found);
        }
        return found.get(0).advice();
    }
}
