package org.align4j.core.data.encode;

/**
 * A row that is not used.
 *
 * @param row its number over the whole input, from 0
 * @param place its file and line
 * @param reason why
 * @param detail the whole sentence where the row is bad, else the reason in words
 */
public record Drop(int row, String place, DropReason reason, String detail) {}
