package org.align4j.core.doctor.people;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Tarjan's strongly connected parts of a graph (1972), without recursion, so that large graphs need no deep stack. */
final class StrongParts {
    private static final int UNSEEN = -1;

    private final List<int[]> arrows;
    private final int[] order;
    private final int[] low;
    private final int[] next;
    private final int[] part;
    private final Deque<Integer> path = new ArrayDeque<>();
    private final Deque<Integer> open = new ArrayDeque<>();
    private int clock;

    private StrongParts(List<int[]> arrows) {
        this.arrows = arrows;
        this.order = new int[arrows.size()];
        this.low = new int[arrows.size()];
        this.next = new int[arrows.size()];
        this.part = new int[arrows.size()];
        Arrays.fill(order, UNSEEN);
        Arrays.fill(part, UNSEEN);
    }

    /**
     * Finds the parts.
     *
     * @param arrows for each node the nodes to which an arrow leads
     * @return the part of each node: equal where a way leads from one to the other and back
     */
    static int[] of(List<int[]> arrows) {
        StrongParts parts = new StrongParts(arrows);
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
