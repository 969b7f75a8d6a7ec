package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.data.row.Origin;
import org.jspecify.annotations.Nullable;

/** What became of the rows of a conversion: rows read are rows converted and rows left out. */
public final class Conversion {
    private static final int SHOWN = 2;

    private final List<Source> sources = new ArrayList<>();
    private final List<LeftOut> leftOut = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, Integer> notes = new LinkedHashMap<>();
    private final Map<String, Integer> pairsLeftOut = new LinkedHashMap<>();
    private final TreeSet<String> leftBehind = new TreeSet<>();
    private int converted;
    private int written;
    private boolean convertedLast;

    /**
     * A file that was read.
     *
     * @param file the file as the user named it
     * @param layout the layout of its rows
     * @param evidence what says so
     * @param rows how many it has
     */
    public record Source(String file, String layout, String evidence, int rows) {}

    /**
     * A row that is not in the output.
     *
     * @param file the file as the user named it
     * @param line the line, from 1, on which it starts
     * @param reason why, as a sentence about the row goes on
     */
    public record LeftOut(String file, int line, String reason) {}

    /**
     * A row as it was read and as it was written.
     *
     * @param place file and line
     * @param read the fields of the file
     * @param written the rows that were made of it
     */
    public record Sample(
            String place, Map<String, ? extends @Nullable Object> read, List<Map<String, @Nullable Object>> written) {}

    void source(Source source) {
        sources.add(source);
    }

    void leaveOut(Origin origin, String reason) {
        leftOut.add(new LeftOut(origin.file(), origin.line(), reason));
        convertedLast = false;
    }

    /** Counts a row that was read as a part of the last one. */
    void join(Origin origin) {
        if (convertedLast) {
            converted++;
        } else {
            leaveOut(origin, leftOut.get(leftOut.size() - 1).reason());
        }
    }

    void leavePairsOut(String reason, int count) {
        pairsLeftOut.merge(reason, count, Integer::sum);
    }

    void note(String sentence) {
        notes.merge(sentence, 1, Integer::sum);
    }

    void leaveBehind(String key) {
        leftBehind.add(key);
    }

    void convert(
            Origin origin, Map<String, ? extends @Nullable Object> read, List<Map<String, @Nullable Object>> rows) {
        converted++;
        convertedLast = true;
        written += rows.size();
        if (samples.size() < SHOWN) {
            samples.add(new Sample(origin.place(), read, List.copyOf(rows)));
        }
    }

    /** Returns the input files in order. */
    public List<Source> sources() {
        return List.copyOf(sources);
    }

    /** The first rows that were converted. */
    public List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** The rows that are not in the output, in order. */
    public List<LeftOut> leftOut() {
        return List.copyOf(leftOut);
    }

    /** Counts pairs of several answers that were not made, by reason; their rows gave other pairs. */
    public Map<String, Integer> pairsLeftOut() {
        return new LinkedHashMap<>(pairsLeftOut);
    }

    /** Counts rows for each sentence that is to be reported of them. */
    public Map<String, Integer> notes() {
        return new LinkedHashMap<>(notes);
    }

    /** The keys of the input that no written row has. */
    public List<String> leftBehind() {
        return List.copyOf(leftBehind);
    }

    /** Counts the rows that were read. */
    public int rows() {
        return converted + leftOut.size();
    }

    /** Counts the rows that were read and are in the output. */
    public int converted() {
        return converted;
    }

    /** Counts the rows of the output: in some layouts several for one row that was read. */
    public int written() {
        return written;
    }
}
