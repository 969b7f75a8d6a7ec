package org.align4j.core.doctor.log;

/** Gives every row a number, in the order in which rows are read. */
public interface Numbering {
    /** The number of the next row. */
    int next(String file, int line);

    /** Numbers a line that is part of the row that was numbered last. */
    default void joined(String file, int line) {
        next(file, line);
    }

    /** A numbering that goes on from {@code first} and keeps no places, for rows that are read again. */
    static Numbering from(int first) {
        return new Numbering() {
            private int number = first;

            @Override
            public int next(String file, int line) {
                return number++;
            }
        };
    }
}
