package org.align4j.core.session.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.policy.GradientTree;
import org.align4j.core.policy.GradientTree.Node;

/**
 * Which executor takes which slices of a round: each a run of neighbours, so that it can add up what it computes. The cuts are as even as
 * they can be while every executor's slices add up to few sums ({@value #FEW_SUMS} where that is possible), which bounds what it sends.
 */
public final class SliceShares {
    /** Sums that an executor's slices add up to, at most: more would go over its link for evener shares. */
    static final int FEW_SUMS = 3;

    /** How far from the even cut a cut may be, in units, and how many units an executor's share has at least. */
    private static final int WINDOW = 8;

    private static final int UNITS = 16;

    private final long[] before;
    private final int[] cuts;

    private SliceShares(long[] before, int[] cuts) {
        this.before = before;
        this.cuts = cuts;
    }

    /**
     * Cuts slices into shares.
     *
     * @param costs of the slices, each above 0
     * @param executors among whom they are shared; those that come after the slices' number get none
     */
    public static SliceShares of(long[] costs, int executors) {
        long[] before = new long[costs.length + 1];
        for (int slice = 0; slice < costs.length; slice++) {
            before[slice + 1] = before[slice] + costs[slice];
        }
        int sharing = Math.max(1, Math.min(executors, costs.length));
        for (int sums = FEW_SUMS; ; sums++) {
            int[] cuts = cuts(before, sharing, sums);
            if (cuts.length > 0) {
                return new SliceShares(before, cuts);
            }
        }
    }

    /** Where an executor's share may end, and what the best way there costs. */
    private record End(int slice, long costliest, int from) {}

    /** The cuts whose costliest share is cheapest, the last one at the end; none where no shares have so few sums. */
    private static int[] cuts(long[] before, int sharing, int sums) {
        int slices = before.length - 1;
        List<List<End>> ends = new ArrayList<>();
        ends.add(List.of(new End(0, 0, 0)));
        for (int share = 1; share <= sharing; share++) {
            List<End> last = ends.get(share - 1);
            List<End> here = new ArrayList<>();
            for (int end : candidates(before, share, sharing)) {
                End best = null;
                for (int from = 0; from < last.size(); from++) {
                    End begin = last.get(from);
                    boolean few = begin.slice < end
                            && (sums >= slices
                                    || GradientTree.covering(begin.slice, end, slices)
                                                    .size()
                                            <= sums);
                    long costliest = Math.max(begin.costliest, before[end] - before[begin.slice]);
                    if (few && (best == null || costliest < best.costliest)) {
                        best = new End(end, costliest, from);
                    }
                }
                if (best != null) {
                    here.add(best);
                }
            }
            ends.add(here);
        }
        return traced(ends);
    }

    private static int[] traced(List<List<End>> ends) {
        int[] cuts = new int[ends.size() - 1];
        int at = 0;
        for (int share = cuts.length; share >= 1; share--) {
            List<End> here = ends.get(share);
            if (here.isEmpty()) {
                return new int[0];
            }
            cuts[share - 1] = here.get(at).slice;
            at = here.get(at).from;
        }
        return cuts;
    }

    /** Multiples of a unit about the even cut; the last cut is at the end. */
    private static int[] candidates(long[] before, int share, int sharing) {
        int slices = before.length - 1;
        if (share == sharing) {
            return new int[] {slices};
        }
        int unit = Integer.highestOneBit(Math.max(1, slices / (UNITS * sharing)));
        double even = (double) before[slices] * share / sharing;
        int found = Arrays.binarySearch(before, (long) even);
        int middle = (found < 0 ? -found - 1 : found) / unit;
        return IntStream.rangeClosed(middle - WINDOW, middle + WINDOW)
                .map(units -> units * unit)
                .filter(slice -> slice >= share && slice <= slices - (sharing - share))
                .toArray();
    }

    /** Counts the executors that have a share. */
    public int executors() {
        return cuts.length;
    }

    /** Returns the executor that takes a slice. */
    public int owner(int slice) {
        int found = Arrays.binarySearch(cuts, slice + 1);
        return found < 0 ? -found - 1 : found;
    }

    /** Returns the sums that an executor's slices add up to, without any other executor's. */
    public List<Node> sums(int executor) {
        return GradientTree.covering(begin(executor), cuts[executor], before.length - 1);
    }

    private int begin(int executor) {
        return executor == 0 ? 0 : cuts[executor - 1];
    }

    /** Returns the slices of an executor's share, in their order. */
    public IntStream slices(int executor) {
        return IntStream.range(begin(executor), cuts[executor]);
    }

    /** Returns what all slices cost, as a share of what the costliest share costs all executors: 1 where the shares are even. */
    public double evenness() {
        long most = IntStream.range(0, cuts.length)
                .mapToLong(executor -> before[cuts[executor]] - before[begin(executor)])
                .max()
                .orElse(1);
        return (double) before[before.length - 1] / most / cuts.length;
    }
}
