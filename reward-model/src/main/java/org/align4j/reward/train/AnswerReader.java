package org.align4j.reward.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.HeadScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.train.Forward;
import org.align4j.reward.loss.LossShare;

/**
 * Scores of answers at chosen tokens, forward by forward. A head with one label gives the score itself; one with two, wrong and right,
 * the log-odds of right: its logit less that of wrong.
 *
 * @param layout how prompts and answers lie in a forward
 * @param budget tokens in one forward
 */
public record AnswerReader(ScoreReader scores, RowLayout layout, TokenBudget budget) {
    private static final int WRONG = 0;
    private static final int RIGHT = 1;
    private static final int LABELS = 2;

    /**
     * Returns a reader that scores with what is trained, a prompt computed once for the answers to it that share a forward.
     */
    public static AnswerReader of(Policy policy, TokenBudget budget) {
        return new AnswerReader(
                ScoreReader.of(policy), RowLayout.SHARED.within(policy.decoder().lengthBoundary()), budget);
    }

    /** Returns this reader with as many tokens in one forward as another budget says. */
    public AnswerReader within(TokenBudget other) {
        return new AnswerReader(scores, layout, other);
    }

    /** The scores of rows, in their order. */
    public List<double[]> read(List<Reading> rows) {
        double[][] all = new double[rows.size()][];
        scores.policy().sideBySide(groups(rows), group -> {
            Part part = part(rows, group);
            List<double[]> own = part.split(values(scores.read(part.batch(), part.places())));
            for (int i = 0; i < group.length; i++) {
                all[group[i]] = own.get(i);
            }
            return group.length;
        });
        return List.of(all);
    }

    /**
     * A forward with its backward.
     *
     * @param rows in it
     * @param scores of each row
     * @param tokens computed
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Pass(int[] rows, List<double[]> scores, LossShare share, long tokens) {}

    /**
     * Scores and gradients.
     *
     * @param seed of dropout
     * @param loss of the rows of one forward, given their places and scores
     */
    List<Pass> accumulate(List<Reading> rows, long seed, BiFunction<int[], List<double[]>, LossShare> loss) {
        return scores.policy().sideBySide(groups(rows), group -> {
            Part part = part(rows, group);
            List<Pass> passes = new ArrayList<>();
            scores.accumulate(part.batch(), part.places(), seed + group[0], read -> {
                List<double[]> own = part.split(values(read));
                LossShare share = loss.apply(group, own);
                passes.add(new Pass(group, own, share, part.batch().size()));
                return gradient(share);
            });
            return passes.get(0);
        });
    }

    /**
     * The forwards of one step.
     *
     * @param places of the rows among all training rows
     */
    List<Forward> forwards(int[] places, List<Reading> rows) {
        return Forward.of(places, groups(rows), group -> part(rows, group).batch());
    }

    /** Scores at every token of every answer in a forward, by where the answer lies. */
    public Map<PackedBatch.Span, double[]> everywhere(PackedBatch batch) {
        Map<PackedBatch.Span, Integer> last = lastRows(batch);
        List<PackedBatch.Span> spans = List.copyOf(last.keySet());
        int[] rows = spans.stream()
                .flatMapToInt(span -> {
                    int end = of(last, span);
                    return IntStream.rangeClosed(end - span.length() + 1, end);
                })
                .toArray();
        double[] read = values(scores.read(batch, rows));
        Map<PackedBatch.Span, double[]> bySpan = new HashMap<>();
        int from = 0;
        for (PackedBatch.Span span : spans) {
            bySpan.put(span, Arrays.copyOfRange(read, from, from + span.length()));
            from += span.length();
        }
        return bySpan;
    }

    private List<int[]> groups(List<Reading> rows) {
        return layout.groups(rows.stream().map(Reading::item).toList(), budget.tokens());
    }

    /**
     * Some rows in one forward.
     *
     * @param places of the tokens that are scored, row by row
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    private record Part(PackedBatch batch, List<Reading> rows, int[] places) {
        List<double[]> split(double[] values) {
            List<double[]> own = new ArrayList<>();
            int from = 0;
            for (Reading row : rows) {
                own.add(Arrays.copyOfRange(values, from, from + row.scores()));
                from += row.scores();
            }
            return own;
        }
    }

    private Part part(List<Reading> rows, int[] group) {
        List<Reading> own = Arrays.stream(group).mapToObj(rows::get).toList();
        RowLayout.Packed packed = layout.pack(own.stream().map(Reading::item).toList());
        Map<PackedBatch.Span, Integer> last = lastRows(packed.batch());
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < own.size(); i++) {
            for (int answer = 0; answer < own.get(i).ends().length; answer++) {
                int first = of(last, packed.answers().get(i).get(answer))
                        - own.get(i).item().answers()[answer].length;
                Arrays.stream(own.get(i).ends()[answer]).forEach(end -> places.add(first + end));
            }
        }
        return new Part(
                packed.batch(), own, places.stream().mapToInt(Integer::intValue).toArray());
    }

    private static Map<PackedBatch.Span, Integer> lastRows(PackedBatch batch) {
        int[] last = batch.lastRows();
        Map<PackedBatch.Span, Integer> rows = new HashMap<>();
        batch.spans().stream().flatMap(List::stream).forEach(span -> rows.put(span, last[rows.size()]));
        return rows;
    }

    private static int of(Map<PackedBatch.Span, Integer> rows, PackedBatch.Span span) {
        return Objects.requireNonNull(rows.get(span), "a branch of the forward");
    }

    private static double[] values(HeadScores read) {
        return read.labels() == LABELS
                ? IntStream.range(0, read.rows())
                        .mapToDouble(row -> read.value(row, RIGHT) - read.value(row, WRONG))
                        .toArray()
                : read.scalars();
    }

    private float[] gradient(LossShare share) {
        double[] flat =
                share.gradient().stream().flatMapToDouble(Arrays::stream).toArray();
        float[] gradient = new float[scores.labels() * flat.length];
        for (int i = 0; i < flat.length; i++) {
            if (scores.labels() == LABELS) {
                gradient[LABELS * i + RIGHT] = (float) flat[i];
                gradient[LABELS * i + WRONG] = (float) -flat[i];
            } else {
                gradient[i] = (float) flat[i];
            }
        }
        return gradient;
    }
}
