package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.TokenScores;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * Takes the forwards of batches, wherever the policy has them taken, and lays what they found beside the reference.
 *
 * @param forwards the rounds
 * @param cut finds the places of the rows that share a forward, forward by forward
 */
record BatchForwards(Policy policy, DpoForwards forwards, Function<PreferenceRows, List<int[]>> cut) {

    /**
     * A forward that was taken.
     *
     * @param scores what policy and reference say of its rows; null where the loss had seen them before
     * @param judgement null where its rows were not judged by themselves
     */
    public record Taken(
            RowForward forward,
            @Nullable BatchScores scores,
            @Nullable Judgement judgement) {
        /** What policy and reference say of its rows, of a forward that stood beside the reference. */
        public BatchScores known() {
            return Objects.requireNonNull(scores, "scores of a forward beside the reference");
        }
    }

    /** Puts the scores of a batch's forwards back into the batch's order. */
    public static BatchScores joined(List<Taken> taken, List<int[]> groups) {
        return BatchScores.joined(taken.stream().map(Taken::known).toList(), groups);
    }

    /** Takes the forwards of a batch, each beside the reference. */
    public List<Taken> take(
            Round<DpoForwards.Share, DpoForwards.Said> round,
            BatchContext context,
            PreferenceRows batch,
            List<int[]> groups) {
        boolean advances = context.seesWhole(forwards.objective(), groups);
        List<RowLayout.Packed> packed = new ArrayList<>();
        List<DpoForwards.Share> shares = new ArrayList<>();
        for (int[] group : groups) {
            PreferenceRows part = batch.select(group);
            RowLayout.Packed own = forwards.pack(part);
            packed.add(own);
            shares.add(share(context, part, own, group, advances));
        }
        List<DpoForwards.Said> said = policy.take(round, shares);
        return IntStream.range(0, groups.size())
                .mapToObj(i -> taken(context, shares.get(i), packed.get(i), said.get(i)))
                .toList();
    }

    private static DpoForwards.Share share(
            BatchContext context, PreferenceRows part, RowLayout.Packed packed, int[] group, boolean advances) {
        Judgement judged = context.whole();
        return new DpoForwards.Share(
                part,
                judged == null ? context.reference().known(part, packed) : null,
                context.seed() + group[0],
                context.totals(),
                context.state(),
                advances,
                judged == null ? null : judged.gradients(group));
    }

    private static Taken taken(
            BatchContext context, DpoForwards.Share share, RowLayout.Packed packed, DpoForwards.Said said) {
        RowForward forward = new RowForward(share.rows(), packed, said.tokens(), said.divergences());
        double[][][] known = share.reference() == null ? said.reference() : share.reference();
        if (known == null) {
            return new Taken(forward, null, said.judgement());
        }
        BatchScores scores = forward.beside(known);
        context.reference().saw(forward, scores);
        return new Taken(forward, scores, said.judgement());
    }

    /** {@code [rows]} the log-probability of each row's first answer. */
    public double[] sums(PreferenceRows some, Round<PreferenceRows, TokenScores> round) {
        List<int[]> groups = cut.apply(some);
        List<PreferenceRows> parts = groups.stream().map(some::select).toList();
        List<TokenScores> scores = policy.take(round, parts);
        double[] sums = new double[some.size()];
        for (int i = 0; i < parts.size(); i++) {
            RowLayout.Packed packed = forwards.pack(parts.get(i));
            for (int row = 0; row < groups.get(i).length; row++) {
                sums[groups.get(i)[row]] =
                        scores.get(i).sum(packed.answers().get(row).get(0));
            }
        }
        return sums;
    }
}
