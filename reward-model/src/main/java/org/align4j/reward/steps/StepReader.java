package org.align4j.reward.steps;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.data.StepTokens;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.HeadScores;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.train.Forward;
import org.align4j.reward.loss.ScoredSteps;
import org.align4j.reward.loss.StepResult;

/**
 * Scores of answers' steps, each read at the step's last token; forward by forward, a prompt computed once for the answers to it
 * that share a forward.
 *
 * @param budget tokens in one forward
 */
record StepReader(ScoreReader scores, RowLayout layout, TokenBudget budget) {
    private static final int WRONG = 0;
    private static final int RIGHT = 1;
    private static final int LABELS = 2;

    /** Log-odds of the steps of some answers, in their order. */
    List<double[]> logOdds(List<StepTokens> answers) {
        double[][] all = new double[answers.size()][];
        scores.policy().sideBySide(groups(answers), group -> {
            List<StepTokens> some = select(answers, group);
            RowLayout.Packed packed = pack(some);
            double[] read = logOdds(scores.read(packed.batch(), rows(packed, some)));
            int from = 0;
            for (int i = 0; i < group.length; i++) {
                all[group[i]] =
                        Arrays.copyOfRange(read, from, from + some.get(i).steps());
                from += some.get(i).steps();
            }
            return group.length;
        });
        return List.of(all);
    }

    /** The same with what the data say of the steps. */
    ScoredSteps read(List<StepTokens> answers) {
        double[] all = logOdds(answers).stream().flatMapToDouble(Arrays::stream).toArray();
        return scored(answers, all);
    }

    /**
     * A forward with its backward.
     *
     * @param tokens computed
     * @param places of its answers in the batch
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
    record Pass(long tokens, ScoredSteps part, StepResult result, int[] places) {}

    /**
     * Scores and gradients.
     *
     * @param seed of dropout
     * @param loss of the steps of one forward
     */
    List<Pass> accumulate(List<StepTokens> answers, long seed, Function<ScoredSteps, StepResult> loss) {
        return scores.policy().sideBySide(groups(answers), places -> {
            List<StepTokens> some = select(answers, places);
            RowLayout.Packed packed = pack(some);
            List<Pass> passes = new ArrayList<>();
            scores.accumulate(packed.batch(), rows(packed, some), seed + places[0], read -> {
                ScoredSteps part = scored(some, logOdds(read));
                StepResult result = loss.apply(part);
                passes.add(new Pass(packed.batch().size(), part, result, places));
                return gradient(result);
            });
            return passes.get(0);
        });
    }

    /** The forwards of one step over answers that are so many of the training rows. */
    List<Forward> forwards(int[] rows, List<StepTokens> answers) {
        return Forward.of(
                rows, groups(answers), group -> pack(select(answers, group)).batch());
    }

    /** Log-odds at every token of every answer in a forward, by where the answer lies. */
    Map<PackedBatch.Span, double[]> everywhere(PackedBatch batch) {
        Map<PackedBatch.Span, Integer> last = lastRows(batch);
        List<PackedBatch.Span> spans = List.copyOf(last.keySet());
        int[] rows = spans.stream()
                .flatMapToInt(span -> {
                    int end = of(last, span);
                    return IntStream.rangeClosed(end - span.length() + 1, end);
                })
                .toArray();
        double[] read = logOdds(scores.read(batch, rows));
        Map<PackedBatch.Span, double[]> bySpan = new HashMap<>();
        int from = 0;
        for (PackedBatch.Span span : spans) {
            bySpan.put(span, Arrays.copyOfRange(read, from, from + span.length()));
            from += span.length();
        }
        return bySpan;
    }

    private List<int[]> groups(List<StepTokens> answers) {
        return layout.groups(items(answers), budget.tokens());
    }

    private RowLayout.Packed pack(List<StepTokens> answers) {
        return layout.pack(items(answers));
    }

    private static List<RowLayout.Item> items(List<StepTokens> answers) {
        return answers.stream()
                .map(answer -> new RowLayout.Item(answer.prompt(), new int[][] {answer.completion()}))
                .toList();
    }

    private static List<StepTokens> select(List<StepTokens> answers, int[] places) {
        return Arrays.stream(places).mapToObj(answers::get).toList();
    }

    /** The row of each step's last token, answer by answer. */
    private static int[] rows(RowLayout.Packed packed, List<StepTokens> answers) {
        Map<PackedBatch.Span, Integer> last = lastRows(packed.batch());
        List<Integer> rows = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            StepTokens answer = answers.get(i);
            int end = of(last, packed.answers().get(i).get(0));
            Arrays.stream(answer.ends()).forEach(step -> rows.add(end - answer.completion().length + step));
        }
        return rows.stream().mapToInt(Integer::intValue).toArray();
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

    private static double[] logOdds(HeadScores read) {
        return IntStream.range(0, read.rows())
                .mapToDouble(row -> read.value(row, RIGHT) - read.value(row, WRONG))
                .toArray();
    }

    private static ScoredSteps scored(List<StepTokens> answers, double[] logOdds) {
        boolean[] right = new boolean[logOdds.length];
        int from = 0;
        for (StepTokens answer : answers) {
            for (int s = 0; s < answer.steps(); s++) {
                right[from++] = answer.right(s);
            }
        }
        return new ScoredSteps(
                logOdds, right, answers.stream().mapToInt(StepTokens::steps).toArray());
    }

    private static float[] gradient(StepResult result) {
        float[] gradient = new float[LABELS * result.gradient().length];
        for (int s = 0; s < result.gradient().length; s++) {
            gradient[LABELS * s + RIGHT] = (float) result.gradient()[s];
            gradient[LABELS * s + WRONG] = (float) -result.gradient()[s];
        }
        return gradient;
    }
}
