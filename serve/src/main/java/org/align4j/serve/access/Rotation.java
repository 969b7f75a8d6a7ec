package org.align4j.serve.access;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Says whose turn it is where many wait: the project's that was served longest ago, of its keys the one that was served longest ago, of its
 * requests the first. Who sends much waits for who sends little, never the other way round. Used under its owner's lock.
 */
public final class Rotation {
    private final Map<String, Long> projects = new HashMap<>();
    private final Map<Who, Long> keys = new HashMap<>();
    private long turn;

    /**
     * Who waits.
     *
     * @param key its name; empty where none is needed
     */
    public record Who(String project, String key) {}

    /** Returns those that wait in the order of their turns; equal ones keep theirs. */
    public <T> List<T> inTurn(List<T> waiting, Function<T, Who> who) {
        return waiting.stream()
                .sorted(Comparator.comparing((T each) ->
                                projects.getOrDefault(who.apply(each).project(), 0L))
                        .thenComparing(each -> keys.getOrDefault(who.apply(each), 0L)))
                .toList();
    }

    /** Says that somebody was served. */
    public void served(Who who) {
        turn++;
        projects.put(who.project(), turn);
        keys.put(who, turn);
    }
}
