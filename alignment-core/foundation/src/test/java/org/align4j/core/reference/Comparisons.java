package org.align4j.core.reference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The comparisons of one case. Errors are counted relative to what is allowed: 1 is the limit, above it the case
 * fails. Every comparison is made before the case fails, so that a failure shows all that differs.
 */
public final class Comparisons {
    private static final int SHOWN = 8;

    private final List<String> failures = new ArrayList<>();
    private int count;
    private double worst;
    private String worstPlace = "";

    /** Expected and actual may differ by {@code tolerance * max(1, |expected|)}. */
    public void close(String place, double expected, double actual, double tolerance) {
        within(place, expected, actual, tolerance * Math.max(1, Math.abs(expected)));
    }

    /** {@link #close(String, double, double, double)} for each element; lengths must agree. */
    public void close(String place, double[] expected, double[] actual, double tolerance) {
        if (sameLength(place, expected.length, actual.length)) {
            for (int i = 0; i < expected.length; i++) {
                close(place + "[" + i + "]", expected[i], actual[i], tolerance);
            }
        }
    }

    /** {@link #close(String, double, double, double)} for each element; lengths must agree. */
    public void close(String place, float[] expected, float[] actual, double tolerance) {
        if (sameLength(place, expected.length, actual.length)) {
            for (int i = 0; i < expected.length; i++) {
                close(place + "[" + i + "]", expected[i], actual[i], tolerance);
            }
        }
    }

    /** {@link #close(String, double, double, double)} for each element, row by row. */
    public void close(String place, double[][] expected, double[][] actual, double tolerance) {
        if (sameLength(place, expected.length, actual.length)) {
            for (int i = 0; i < expected.length; i++) {
                close(place + "[" + i + "]", expected[i], actual[i], tolerance);
            }
        }
    }

    /** Expected and actual may differ by {@code allowed}, an absolute error. */
    public void within(String place, double expected, double actual, double allowed) {
        boolean equal = Double.compare(expected, actual) == 0;
        double error = equal ? 0 : Math.abs(expected - actual) / allowed;
        record(place, error, expected, actual);
    }

    /** {@link #within(String, double, double, double)} for each element; lengths must agree. */
    public void within(String place, float[] expected, float[] actual, double allowed) {
        if (sameLength(place, expected.length, actual.length)) {
            for (int i = 0; i < expected.length; i++) {
                within(place + "[" + i + "]", expected[i], actual[i], allowed);
            }
        }
    }

    /** Expected and actual must be equal. */
    public void same(String place, Object expected, Object actual) {
        record(
                place,
                Objects.deepEquals(expected, actual) ? 0 : Double.POSITIVE_INFINITY,
                show(expected),
                show(actual));
    }

    /** Passes over fields of a case on purpose: what they say isn't compared, or isn't what Align4J does. */
    public void leave(JsonNode node, String... names) {
        for (String name : names) {
            JsonNode unused = node.path(name);
        }
    }

    /** Ends the case: its kind isn't built yet, which must be allowed in {@code not-built.txt}. */
    public void notBuilt(String kind) {
        throw new NotBuilt(kind);
    }

    /** A JSON array of numbers. */
    public static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asDouble();
        }
        return values;
    }

    /** A JSON array of arrays of numbers. */
    public static double[][] rows(JsonNode array) {
        double[][] values = new double[array.size()][];
        for (int i = 0; i < values.length; i++) {
            values[i] = doubles(array.get(i));
        }
        return values;
    }

    /** A JSON array of whole numbers. */
    public static int[] ints(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    int count() {
        return count;
    }

    /** The largest error relative to what is allowed. */
    double worst() {
        return worst;
    }

    String worstPlace() {
        return worstPlace;
    }

    /** @throws AssertionError where something differs, or nothing was compared */
    public void failIfDifferent() {
        if (count == 0) {
            throw new AssertionError("The case was compared with nothing.");
        }
        if (!failures.isEmpty()) {
            String shown = String.join("\n  ", failures.subList(0, Math.min(SHOWN, failures.size())));
            throw new AssertionError(failures.size() + " of " + count + " comparisons differ:\n  " + shown);
        }
    }

    private boolean sameLength(String place, int expected, int actual) {
        if (expected != actual) {
            same(place + ".length", expected, actual);
        }
        return expected == actual;
    }

    private void record(String place, double error, Object expected, Object actual) {
        count++;
        double known = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        if (known > worst || worstPlace.isEmpty()) {
            worst = known;
            worstPlace = place;
        }
        if (known > 1) {
            failures.add(
                    place + ": expected " + expected + " but was " + actual + " (" + known + " of what is allowed)");
        }
    }

    private static Object show(Object value) {
        return value instanceof int[] ints ? java.util.Arrays.toString(ints) : value;
    }
}
