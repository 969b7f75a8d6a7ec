package org.align4j.core.doctor.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Knows file and line of every row by its number, in a few bytes each. */
public final class LogPlaces implements Numbering {
    private final List<String> files = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private int[] lines = new int[1024];
    private int count;

    /**
     * Where a row stands.
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

    /** How many rows were numbered. */
    public int count() {
        return count;
    }

    /** Returns the place of the row of a number. */
    public Place of(int number) {
        int at = Collections.binarySearch(starts, number);
        return new Place(files.get(at >= 0 ? at : -at - 2), lines[number]);
    }
}
