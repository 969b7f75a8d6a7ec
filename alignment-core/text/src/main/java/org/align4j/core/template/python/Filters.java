package org.align4j.core.template.python;

import java.util.HashMap;
import java.util.Map;

/** All filters by name; the filtered value is the first argument. */
public final class Filters {
    public static final Map<String, Function> ALL = all();

    private Filters() {}

    private static Map<String, Function> all() {
        Map<String, Function> filters = new HashMap<>();
        TextFilters.addTo(filters);
        ValueFilters.addTo(filters);
        SequenceFilters.addTo(filters);
        SelectionFilters.addTo(filters);
        return Map.copyOf(filters);
    }
}
