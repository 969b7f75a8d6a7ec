package org.align4j.core.doctor.people;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Pairs on a circle: A is better than B, B than C, C than A. A circle has at least three answers; two are a contradiction,
 * which {@link Contradictions} finds.
 */
public final class Cycles implements Check.InParts {
    static final Threshold THRESHOLD = Threshold.any(0.005);
    private static final int SHORTEST = 3;
    private static final String ADVICE =
            "No order of the answers agrees with such pairs; judge them again, or leave them out with --fix cycles.";

    private final ImmutableLongArray.Builder prompts = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder chosen = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder rejected = ImmutableLongArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
    private final LongIntMap pairsOfPrompt = new LongIntMap();
    private int pairs;

    @Override
    public String id() {
        return "cycles";
    }

    @Override
    public Runnable look(LogRow row) {
        LogRow.Keys keys = row.keys();
        if (!row.isPair() || keys.chosen() == keys.rejected()) {
            return NOTHING;
        }
        return () -> {
            pairs++;
            prompts.add(keys.prompt());
            chosen.add(keys.chosen());
            rejected.add(keys.rejected());
            numbers.add(row.number());
            pairsOfPrompt.increment(keys.prompt());
        };
    }

    @Override
    public Noted noted() {
        return Noted.of(pairs, found());
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE);
    }

    private List<Sighting> found() {
        ImmutableLongArray better = chosen.build();
        ImmutableLongArray worse = rejected.build();
        ImmutableIntArray number = numbers.build();
        List<Sighting> found = new ArrayList<>();
        for (List<Integer> group : groups().values()) {
            PreferenceOrder preferences = new PreferenceOrder();
            group.forEach(i -> preferences.add(better.get(i), worse.get(i), number.get(i)));
            found.addAll(preferences.onCircles());
        }
        found.sort((a, b) -> Integer.compare(a.row(), b.row()));
        return found;
    }

    /** The places of the pairs of each prompt that has enough of them for a circle. */
    private Map<Long, List<Integer>> groups() {
        ImmutableLongArray prompt = prompts.build();
        Map<Long, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < pairs; i++) {
            if (pairsOfPrompt.get(prompt.get(i)) >= SHORTEST) {
                groups.computeIfAbsent(prompt.get(i), key -> new ArrayList<>()).add(i);
            }
        }
        return groups;
    }

    /** The answers to one prompt as a graph, with an arrow from the better to the worse answer of each pair. */
    static final class PreferenceOrder {
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
            int[] part = StronglyConnectedComponents.of(out.stream()
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

        /** Tarjan's strongly connected parts of a graph (1972), without recursion, so that large graphs need no deep stack. */
        private static final class StronglyConnectedComponents {
            private static final int UNSEEN = -1;

            private final List<int[]> arrows;
            private final int[] order;
            private final int[] low;
            private final int[] next;
            private final int[] part;
            private final Deque<Integer> path = new ArrayDeque<>();
            private final Deque<Integer> open = new ArrayDeque<>();
            private int clock;

            private StronglyConnectedComponents(List<int[]> arrows) {
                this.arrows = arrows;
                this.order = new int[arrows.size()];
                this.low = new int[arrows.size()];
                this.next = new int[arrows.size()];
                this.part = new int[arrows.size()];
                Arrays.fill(order, UNSEEN);
                Arrays.fill(part, UNSEEN);
            }

            /**
             * Finds the strongly connected components.
             *
             * @param arrows for each node the nodes to which an arrow leads
             * @return the part of each node: equal where a way leads from one to the other and back
             */
            static int[] of(List<int[]> arrows) {
                StronglyConnectedComponents parts = new StronglyConnectedComponents(arrows);
                for (int root = 0; root < arrows.size(); root++) {
                    if (parts.order[root] == UNSEEN) {
                        parts.walkFrom(root);
                    }
                }
                return parts.part;
            }

            private void walkFrom(int root) {
                path.push(root);
                while (!path.isEmpty()) {
                    int at = path.peek();
                    if (order[at] == UNSEEN) {
                        order[at] = clock;
                        low[at] = clock++;
                        open.push(at);
                    }
                    if (next[at] < arrows.get(at).length) {
                        visit(at, arrows.get(at)[next[at]++]);
                    } else {
                        path.pop();
                        leave(at);
                    }
                }
            }

            private void visit(int from, int to) {
                if (order[to] == UNSEEN) {
                    path.push(to);
                } else if (part[to] == UNSEEN) {
                    low[from] = Math.min(low[from], order[to]);
                }
            }

            private void leave(int node) {
                if (low[node] == order[node]) {
                    int member;
                    do {
                        member = open.pop();
                        part[member] = node;
                    } while (member != node);
                }
                Integer above = path.peek();
                if (above != null) {
                    low[above] = Math.min(low[above], low[node]);
                }
            }
        }
    }
}
