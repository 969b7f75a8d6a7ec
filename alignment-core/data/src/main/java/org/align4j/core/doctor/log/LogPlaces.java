package org.align4j.core.doctor.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.log.Items.Numbering;

/** Knows file and line of every row by its number, in a few bytes each. */
public final class LogPlaces implements Numbering {
    private final List<String> files = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private int[] lines = new int[1024];
    private final BitSet joined = new BitSet();
    private int count;
    private final Map<Integer, Place> known;

    /** Places of rows that are yet to come. */
    public LogPlaces() {
        this(Map.of());
    }

    /** @param known the places of some rows by number, where not all rows are numbered here */
    public LogPlaces(Map<Integer, Place> known) {
        this.known = Map.copyOf(known);
    }

    /**
     * The file and line of a row.
     *
     * @param file the file as the user named it
     * @param line from 1
     */
    public record Place(String file, int line) {}

    @Override
    public int next(String file, int line) {
        if (files.isEmpty() || !files.get(files.size() - 1).equals(file)) {
            files.add(file);
            starts.add(count);
        }
        if (count == lines.length) {
            lines = Arrays.copyOf(lines, Math.multiplyExact(count, 2));
        }
        lines[count] = line;
        return count++;
    }

    @Override
    public void joined(String file, int line) {
        joined.set(next(file, line));
    }

    /** Returns whether the line of a number is part of the row whose line stands before it. */
    public boolean isJoined(int number) {
        return joined.get(number);
    }

    /** Returns how many rows there are from a number on, each with the lines that are joined to it. */
    public int rowsFrom(int first) {
        return count - first - joined.get(first, Math.max(first, count)).cardinality();
    }

    /** Counts the rows that were numbered. */
    public int count() {
        return count;
    }

    /** Returns the place of the row of a number. */
    public Place of(int number) {
        Place there = known.get(number);
        if (there != null) {
            return there;
        }
        int at = Collections.binarySearch(starts, number);
        return new Place(files.get(at >= 0 ? at : -at - 2), lines[number]);
    }
}
