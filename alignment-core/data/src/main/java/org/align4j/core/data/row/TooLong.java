package org.align4j.core.data.row;

/** The rules for a row with more than max-length tokens. A prompt that alone fills it is dropped and counted. */
public enum TooLong {
    /** A row that is too long is left out and counted. */
    DROP,
    /** A row that is too long keeps its start: an answer loses its last tokens. */
    KEEP_START,
    /** A row that is too long keeps its end: the prompt loses its first tokens, the same for both answers of a pair. */
    KEEP_END,
    /** The command ends with the row's file and line. */
    ERROR
}
