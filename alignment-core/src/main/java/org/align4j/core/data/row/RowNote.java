package org.align4j.core.data.row;

/**
 * Something to be told of a row that is used all the same. Rows with equal notes are counted together.
 *
 * @param sentence what holds of the row, as it goes on after "In 3 rows (a.jsonl:1, …)", without the full stop:
 *     {@code the prompt is no token prefix of prompt and answer; the two were tokenised apart}
 */
public record RowNote(String sentence) {}
