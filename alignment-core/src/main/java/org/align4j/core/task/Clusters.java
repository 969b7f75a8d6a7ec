package org.align4j.core.task;

import java.util.HashMap;
import java.util.Map;

/** Numbers items so that those with equal prompts have one number. */
final class Clusters {
    private final Map<Object, Integer> numbers = new HashMap<>();

    /** Returns the number of an item's prompt. */
    public int of(TaskRow row) {
        return numbers.computeIfAbsent(row.question(), unseen -> numbers.size());
    }
}
