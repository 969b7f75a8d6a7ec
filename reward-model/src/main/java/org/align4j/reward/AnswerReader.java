package org.align4j.reward;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.policy.ScoreReader.HeadScores;
import org.align4j.core.policy.Scorer;

/**
 * Scores of answers at chosen tokens, forward by forward. A head with one label gives the score itself; one with two, wrong and right,
 * the log-odds of right: its logit less that of wrong.
 *
 * @param layout how prompts and answers lie in a forward
 * @param budget tokens in one forward
 */
record AnswerReader(ScoreReader scores, RowLayout layout, TokenBudget budget) {
    private static final int WRONG = 0;
    private static final int RIGHT = 1;
    private static final int LABELS = 2;

    /** Makes a reader of what is trained, a prompt computed once for the answers to it that share a forward. */
    public static AnswerReader of(Policy policy, TokenBudget budget) {
        return new AnswerReader(
                new ScoreReader(policy),
                RowLayout.SHARED.within(policy.decoder().lengthBoundary()),
                budget);
    }

    /** Returns a reader that takes as many tokens in one forward as another budget says. */
    public AnswerReader within(TokenBudget other) {
        return new AnswerReader(scores, layout, other);
    }

    /** Computes the scores of rows, in their order. */
    public List<double[]> read(List<Reading> rows) {
        return new Scorer(groups(rows))
                .score(
                        rows,
                        parts -> scores
                                .policy()
                                .take(round(), parts.stream().map(Readings::new).toList())
                                .stream()
                                .map(Values::rows)
                                .toList());
    }

    /** Rows that share a forward. */
    record Readings(List<Reading> rows) implements Serializable {}

    /** The scores of each of the rows that share a forward. */
    record Values(List<double[]> rows) implements Serializable {}

    /** The round that reads scores. */
    Round<Readings, Values> round() {
        return Round.scoring("read", readings -> {
            AnswerForward forward = pack(readings.rows());
            return new Values(values(forward, scores.read(forward.batch(), forward.places())));
        });
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

    /** Places of rows that share a forward, forward by forward. */
    List<int[]> groups(List<Reading> rows) {
        return layout.groups(rows.stream().map(Reading::item).toList(), budget.tokens());
    }

    /** Lays rows into one forward. */
    AnswerForward pack(List<Reading> own) {
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
        int[] scored = places.stream().mapToInt(Integer::intValue).toArray();
        return new AnswerForward(packed.batch(), own, scored);
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

    /** The scores of a forward's rows, from what the head says. */
    List<double[]> values(AnswerForward forward, HeadScores read) {
        return forward.split(values(read));
    }

    private static double[] values(HeadScores read) {
        return read.labels() == LABELS
                ? IntStream.range(0, read.rows())
                        .mapToDouble(row -> read.value(row, RIGHT) - read.value(row, WRONG))
                        .toArray()
                : read.scalars();
    }

    /** The derivatives of a loss by what the head says, from those by the scores of a forward's rows. */
    float[] derivatives(List<double[]> byScores) {
        double[] flat = byScores.stream().flatMapToDouble(Arrays::stream).toArray();
        float[] derivatives = new float[scores.labels() * flat.length];
        for (int i = 0; i < flat.length; i++) {
            if (scores.labels() == LABELS) {
                derivatives[LABELS * i + RIGHT] = (float) flat[i];
                derivatives[LABELS * i + WRONG] = (float) -flat[i];
            } else {
                derivatives[i] = (float) flat[i];
            }
        }
        return derivatives;
    }

    /**
     * Rows whose answers are scored in one forward.
     *
     * @param batch as it is computed
     * @param readings of these rows
     * @param places rows of the batch that are scored, those of one answer after the other's
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record AnswerForward(PackedBatch batch, List<Reading> readings, int[] places) {

        /** Each row's part of numbers that are in the order of {@link #places}. */
        List<double[]> split(double[] values) {
            List<double[]> own = new ArrayList<>();
            int from = 0;
            for (Reading reading : readings) {
                own.add(Arrays.copyOfRange(values, from, from + reading.scores()));
                from += reading.scores();
            }
            return own;
        }
    }

    /**
     * Answers to a prompt, and where they are scored.
     *
     * @param item prompt and answers
     * @param ends {@code [answers][]} how many of an answer's tokens have gone by at each of its scores, ascending
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record Reading(RowLayout.Item item, int[][] ends) implements Serializable {

        /** Returns a reading of answers that are scored at their last token. */
        public static Reading atLastToken(int[] prompt, int[]... answers) {
            int[][] ends = Arrays.stream(answers)
                    .map(answer -> new int[] {answer.length})
                    .toArray(int[][]::new);
            return new Reading(new RowLayout.Item(prompt, answers), ends);
        }

        /** Counts the scores of each answer. */
        int scores() {
            return Arrays.stream(ends).mapToInt(own -> own.length).sum();
        }
    }
}
