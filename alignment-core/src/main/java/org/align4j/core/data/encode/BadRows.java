package org.align4j.core.data.encode;

/** What becomes of a row that is broken, incomplete or of the wrong form. */
public enum BadRows {
    /** The command ends with the row's file and line. */
    ERROR,
    /** It is left out and counted. */
    DROP
}
