package org.align4j.core.doctor.people;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.jspecify.annotations.Nullable;

/** The answers to one prompt as a graph, with an arrow from the better to the worse answer of each pair. */
final class PreferenceOrder {
    private final Map<Long, Integer> answers = new HashMap<>();
    private final List<List<Arrow>> out = new ArrayList<>();
    private final List<Arrow> arrows = new ArrayList<>();
    private final Set<List<Integer>> seen = new HashSet<>();

    private record Arrow(int from, int to, int row) {}

    void add(long better, long worse, int row) {
        Arrow arrow = new Arrow(answer(better), answer(worse), row);
        arrows.add(arrow);
        out.get(arrow.from).add(arrow);
        seen.add(List.of(arrow.from, arrow.to));
    }

    private int answer(long key) {
        return answers.computeIfAbsent(key, any -> {
            out.add(new ArrayList<>());
            return out.size() - 1;
        });
    }

    /** The pairs that lie on a circle of three answers or more, each with a pair that follows it there. */
    List<Sighting> onCircles() {
        int[] part = StrongParts.of(out.stream()
                .map(steps -> steps.stream().mapToInt(Arrow::to).toArray())
                .toList());
        List<Sighting> found = new ArrayList<>();
        for (Arrow arrow : arrows) {
            if (part[arrow.from] == part[arrow.to]) {
                Arrow next = next(arrow, part);
                if (next != null) {
                    found.add(Sighting.of(arrow.row, next.row));
                }
            }
        }
        return found;
    }

    /**
     * The arrow that follows on a circle; null where the only way back is the opposite arrow, which alone is no circle. Within
     * a strongly connected part there is a way back; it takes a search only where the opposite arrow is one.
     */
    private @Nullable Arrow next(Arrow arrow, int[] part) {
        boolean opposed = seen.contains(List.of(arrow.to, arrow.from));
        for (Arrow step : out.get(arrow.to)) {
            if (step.to != arrow.from
                    && part[step.to] == part[arrow.from]
                    && (!opposed || reaches(step.to, arrow.from, arrow.to, part))) {
                return step;
            }
        }
        return null;
    }

    private boolean reaches(int start, int goal, int without, int[] part) {
        BitSet visited = new BitSet();
        Deque<Integer> open = new ArrayDeque<>(List.of(start));
        visited.set(start);
        visited.set(without);
        while (!open.isEmpty()) {
            int at = open.remove();
            if (at == goal) {
                return true;
            }
            for (Arrow step : out.get(at)) {
                if (part[step.to] == part[goal] && !visited.get(step.to)) {
                    visited.set(step.to);
                    open.add(step.to);
                }
            }
        }
        return false;
    }
}
