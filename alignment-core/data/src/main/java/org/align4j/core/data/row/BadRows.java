package org.align4j.core.data.row;

/** The rules for a row that is broken, incomplete or of the wrong form. */
public enum BadRows {
    /** The command ends with the file and line of the first such rows, and how many more there are. */
    ERROR,
    /** A bad row is left out and counted. */
    DROP
}
