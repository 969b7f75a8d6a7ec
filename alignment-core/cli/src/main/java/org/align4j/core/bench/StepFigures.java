package org.align4j.core.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.TokenRow;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.measure.PassLog;
import org.align4j.core.session.RunPlan;
import org.align4j.core.train.Rehearsal;

/**
 * The figures of timed steps: their speed, their padding and the products in them.
 *
 * @param steps that were taken
 * @param passes of these steps
 * @param rows of the training data
 * @param threads that took passes side by side
 */
record StepFigures(List<Rehearsal.Step> steps, List<PassLog.Entry> passes, List<? extends TokenRow> rows, int threads) {

    double seconds() {
        return steps.stream().mapToDouble(Rehearsal.Step::seconds).sum();
    }

    /** Counts the rows that the steps took. */
    int rowsTaken() {
        return steps.stream().mapToInt(step -> step.plan().rows().length).sum();
    }

    double rowsPerSecond() {
        return rowsTaken() / seconds();
    }

    /** Returns what the rows are called. */
    String unit() {
        return rows.get(0).answers().size() > 1 ? "pairs" : "rows";
    }

    private long computed() {
        return steps.stream().mapToLong(step -> step.outcome().tokens()).sum();
    }

    private List<? extends TokenRow> taken() {
        return steps.stream()
                .flatMap(step -> Arrays.stream(step.plan().rows()).mapToObj(rows::get))
                .toList();
    }

    Map<String, Object> speed() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("steps", steps.size());
        entries.put(unit(), rowsTaken());
        entries.put("seconds", seconds());
        entries.put("median_step_seconds", median());
        entries.put(unit() + "_per_second", rowsPerSecond());
        entries.put("tokens_per_second", computed() / seconds());
        entries.put("first_loss", steps.get(0).outcome().loss());
        return entries;
    }

    private double median() {
        double[] sorted =
                steps.stream().mapToDouble(Rehearsal.Step::seconds).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Shares of the steps' time; {@code other} is rows, packing, loss, clean-up and waiting between the passes. */
    Map<String, Object> shares() {
        double all = threads * seconds() * 1e9;
        double body = passes.stream().mapToLong(PassLog.Entry::bodyNanos).sum() / all;
        double head = passes.stream().mapToLong(PassLog.Entry::headNanos).sum() / all;
        double backward =
                passes.stream().mapToLong(PassLog.Entry::backwardNanos).sum() / all;
        double optimizer =
                steps.stream().mapToDouble(Rehearsal.Step::optimizerSeconds).sum() / seconds();
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("forward", body);
        entries.put("log_probabilities", head);
        entries.put("backward", backward);
        entries.put("optimizer", optimizer);
        entries.put("other", 1 - body - head - backward - optimizer);
        return entries;
    }

    /** How the rows lay in the forwards that have a backward. */
    Map<String, Object> layout(int microBatchTokens, int grain) {
        List<PackedBatch> forwards = passes.stream()
                .filter(PassLog.Entry::differentiated)
                .map(PassLog.Entry::batch)
                .toList();
        long tokens = forwards.stream().mapToLong(PackedBatch::size).sum();
        int largest = forwards.stream().mapToInt(PackedBatch::size).max().orElse(0);
        long ofRows = taken().stream().mapToLong(TokenRow::tokens).sum();
        long separate = taken().stream().mapToLong(RunPlan::separately).sum();
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("tokens_computed", computed());
        entries.put("tokens_of_rows", ofRows);
        entries.put(
                "padding_tokens",
                steps.stream().mapToLong(step -> step.outcome().paddingTokens()).sum());
        entries.put("sharing_ratio", (double) separate / computed());
        entries.put("forwards", forwards.size());
        entries.put("largest_forward_tokens", largest);
        entries.put("fill", (double) tokens / alignedTokens(forwards, grain));
        entries.put("level", level());
        entries.put("fill_of_micro_batch_tokens", (double) tokens / ((long) forwards.size() * microBatchTokens));
        return entries;
    }

    private static long alignedTokens(List<PackedBatch> forwards, int grain) {
        return forwards.stream().mapToLong(batch -> batch.aligned(grain).size()).sum();
    }

    /** Tokens of a step's forwards on average, as a share of its largest: 1 where all are equally full. */
    private double level() {
        double tokens = 0;
        double room = 0;
        int next = 0;
        List<Integer> sizes = passes.stream()
                .filter(PassLog.Entry::differentiated)
                .map(pass -> pass.batch().size())
                .toList();
        for (Rehearsal.Step step : steps) {
            int largest = 0;
            int count = 0;
            for (long left = step.outcome().tokens(); left > 0 && next < sizes.size(); left -= sizes.get(next++)) {
                largest = Math.max(largest, sizes.get(next));
                tokens += sizes.get(next);
                count++;
            }
            room += (double) largest * count;
        }
        return tokens / room;
    }
}
