package org.align4j.core.template;

/**
 * A stretch of text, {@code [start, end)}, counted in Unicode code points.
 *
 * @param start first code point that belongs to it
 * @param end first code point after it
 */
public record Span(int start, int end) {
    public Span {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(
                    "A span starts at 0 or later and ends at its start or later, not [" + start + ", " + end + ").");
        }
    }
}
