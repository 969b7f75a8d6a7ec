package org.align4j.core.template.python;

import java.util.List;

/**
 * Holds the items of Python's tuple.
 *
 * @param items its elements
 */
public record Tuple(List<Object> items) {
    public Tuple {
        items = List.copyOf(items);
    }

    /** Makes a tuple of items. */
    public static Tuple of(Object... items) {
        return new Tuple(List.of(items));
    }
}
