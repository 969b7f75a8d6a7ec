package org.align4j.core.data.read;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Answers what depends on a name alone, such as the key of a row, and asks its rule once for each name: the keys of a file are the same in
 * row after row. A file whose rows all have keys of their own doesn't fill the memory: it asks the rule again.
 *
 * @param <N> a name, perhaps with what else the answer depends on
 * @param <A> the answer
 */
final class Remembered<N, A> {
    private static final int MOST = 1 << 12;

    private final Map<N, A> known = new ConcurrentHashMap<>();
    private final Function<N, A> rule;

    Remembered(Function<N, A> rule) {
        this.rule = rule;
    }

    A of(N name) {
        A answer = known.get(name);
        if (answer == null) {
            answer = rule.apply(name);
            if (known.size() < MOST) {
                known.put(name, answer);
            }
        }
        return answer;
    }
}
