package org.align4j.core.template.python;

import java.util.List;

/**
 * Python's tuple.
 *
 * @param items its elements
 */
public record Tuple(List<Object> items) {
    public Tuple {
        items = List.copyOf(items);
    }

    /** A tuple of these. */
    public static Tuple of(Object... items) {
        return new Tuple(List.of(items));
    }
}
