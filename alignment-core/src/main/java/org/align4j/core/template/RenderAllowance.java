package org.align4j.core.template;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.template.python.PythonError;
import org.jspecify.annotations.Nullable;

/**
 * What all renders of a template may spend together. Each render has a budget of its own that no conversation needs; a template
 * that spends most of it on every row would still take weeks over a file. So what renders spend beyond what conversations of
 * their size ordinarily take is counted.
 */
final class RenderAllowance {
    /** Spent in about ten seconds. */
    private static final long MOST_EXTRA = 300_000_000;

    /** What a render spends ordinarily: so much, and this much for each character of messages and tools. */
    private static final long ORDINARY = 500_000;

    private static final long ORDINARY_EACH = 200;

    private final AtomicLong extra = new AtomicLong();

    /** @throws PythonError where renders spent too much already */
    void require() {
        if (extra.get() > MOST_EXTRA) {
            throw new PythonError(
                    "LimitError",
                    "the template's renders did " + MOST_EXTRA
                            + " steps more than conversations of their size take, so it is taken to be endless");
        }
    }

    void charge(long spent, Map<String, ? extends @Nullable Object> context) {
        if (spent > ORDINARY) {
            extra.addAndGet(Math.max(0, spent - ORDINARY - ORDINARY_EACH * size(context)));
        }
    }

    /** Returns what renders spent beyond the ordinary. */
    long extra() {
        return extra.get();
    }

    private static long size(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.values().stream().mapToLong(RenderAllowance::size).sum();
        }
        if (value instanceof List<?> list) {
            return list.stream().mapToLong(RenderAllowance::size).sum();
        }
        return value instanceof String text ? text.length() : 1;
    }
}
