package org.align4j.core.policy;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/**
 * Adds the gradients of slices along a fixed binary tree, whatever the order in which they come. Node {@code (level, index)} stands for the
 * slices from {@code index · 2^level} to just below {@code (index + 1) · 2^level}; its sum is that of its left half plus that of its right
 * half, and where the round has no slices in the right half that of its left half. Two neighbours are added as soon as both are there, so that a
 * tree over n slices holds the gradients of few more than log2 n of them. Safe for use by several threads.
 */
public final class GradientTree implements AutoCloseable {
    private final Trainables like;
    private final List<Trainables> all = new ArrayList<>();
    private final Deque<Trainables> idle = new ArrayDeque<>();
    private final TreeMap<Node, Trainables> held = new TreeMap<>();

    /**
     * Makes an empty tree.
     *
     * @param like the tensors whose gradients are added
     */
    public GradientTree(Trainables like) {
        this.like = like;
    }

    /**
     * The place of a sum in the tree. Places are ordered by their first slice, and a place before those within it.
     *
     * @param level 0 for a single slice; each level doubles the slices
     * @param index among the places of its level, from 0
     */
    public record Node(int level, int index) implements Comparable<Node>, Serializable {
        private static final Comparator<Node> ORDER =
                Comparator.comparingLong(Node::first).thenComparing(Node::level, Comparator.reverseOrder());

        /** Returns the first of its slices. */
        public long first() {
            return (long) index << level;
        }

        /** Returns the slice after its last. */
        public long end() {
            return (long) (index + 1) << level;
        }

        /** Returns the place of two neighbours' sum. */
        Node parent() {
            return new Node(level + 1, index >> 1);
        }

        private Node sibling() {
            return new Node(level, index ^ 1);
        }

        private boolean isLeft() {
            return (index & 1) == 0;
        }

        /** Returns the highest place with the same slices: a place without a right neighbour is its parent's whole sum. */
        private Node raised(int slices) {
            Node node = this;
            while (node.isLeft()
                    && node.sibling().first() >= slices
                    && node.first() + (1L << node.level) < rounded(slices)) {
                node = node.parent();
            }
            return node;
        }

        @Override
        public int compareTo(Node other) {
            return ORDER.compare(this, other);
        }
    }

    /** Lends gradients for a slice, of unknown values; {@link #add} takes them back. */
    public synchronized Trainables lend() {
        if (idle.isEmpty()) {
            Trainables fresh = like.withOwnGradients();
            all.add(fresh);
            return fresh;
        }
        return idle.pop();
    }

    /**
     * Adds the gradients of a slice. A slice that is there already changes nothing.
     *
     * @param slice its number in the round, from 0
     * @param slices of the round
     * @param sums lent, with the gradients of the slice
     */
    public synchronized void add(int slice, int slices, Trainables sums) {
        if (holds(slice)) {
            idle.push(sums);
            return;
        }
        Node node = new Node(0, slice).raised(slices);
        Trainables sum = sums;
        for (Trainables other = held.remove(node.sibling()); other != null; other = held.remove(node.sibling())) {
            Trainables left = node.isLeft() ? sum : other;
            Trainables right = node.isLeft() ? other : sum;
            left.addGradients(right);
            idle.push(right);
            sum = left;
            node = node.parent().raised(slices);
        }
        held.put(node, sum);
    }

    private boolean holds(int slice) {
        return held.keySet().stream().anyMatch(node -> node.first() <= slice && slice < node.end());
    }

    /** Returns the places whose sums are held, in the order of their slices; no two of them have a slice in common. */
    public synchronized List<Node> nodes() {
        return List.copyOf(held.keySet());
    }

    /** Returns the sum of a place that is held. */
    public synchronized Trainables at(Node node) {
        Trainables sum = held.get(node);
        if (sum == null) {
            throw new IllegalArgumentException(node + " is not held; " + held.keySet() + " are.");
        }
        return sum;
    }

    /** Adds the sum over all slices, which are there, to gradients, and forgets them. */
    public synchronized void moveTo(Trainables target) {
        if (held.size() != 1) {
            throw new IllegalStateException("Slices are missing: " + held.keySet() + " are held, not one sum.");
        }
        target.addGradients(held.firstEntry().getValue());
        clear();
    }

    /** Forgets all slices, and takes back all that was lent. */
    public synchronized void clear() {
        held.clear();
        idle.clear();
        idle.addAll(all);
    }

    /**
     * Joins the next place's sum to those before it, the places of a tree in the order of their slices: neighbours are added as soon as both
     * are there, so that one sum is left after the last place.
     *
     * @param stack places with their sums so far, changed
     * @param slices of the round
     * @param plus adds the right one to the left one
     */
    public static <T> void join(Deque<Placed<T>> stack, Placed<T> next, int slices, BinaryOperator<T> plus) {
        Placed<T> right = next;
        for (Placed<T> left = stack.peekLast();
                left != null && left.node().equals(right.node().sibling());
                left = stack.peekLast()) {
            stack.removeLast();
            Node parent = right.node().parent().raised(slices);
            right = new Placed<>(parent, plus.apply(left.sum(), right.sum()));
        }
        stack.addLast(right);
    }

    /**
     * A sum at its place.
     *
     * @param node the place
     * @param sum over its slices
     */
    public record Placed<T>(Node node, T sum) implements Serializable {}

    /**
     * Returns the places that a run of slices is added up to, no sum of any other slice being known.
     *
     * @param from the first slice
     * @param to the slice after the last
     * @param slices of the round
     */
    public static List<Node> covering(int from, int to, int slices) {
        List<Node> nodes = new ArrayList<>();
        long end = to == slices ? rounded(slices) : to;
        long at = from;
        while (at < to) {
            int level = at == 0 ? Long.numberOfTrailingZeros(rounded(slices)) : Long.numberOfTrailingZeros(at);
            while (at + (1L << level) > end) {
                level--;
            }
            nodes.add(new Node(level, (int) (at >> level)));
            at += 1L << level;
        }
        return nodes;
    }

    /** Returns the slices that a whole tree would have: the next power of two. */
    private static long rounded(int slices) {
        return Long.highestOneBit(Math.max(1, 2L * slices - 1));
    }

    @Override
    public synchronized void close() {
        held.clear();
        idle.clear();
        all.forEach(Trainables::close);
        all.clear();
    }
}
