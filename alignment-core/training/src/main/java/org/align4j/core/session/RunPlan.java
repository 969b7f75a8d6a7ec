package org.align4j.core.session;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.TokenRow;
import org.align4j.core.forecast.Forecast;
import org.align4j.core.forecast.ForwardSize;
import org.align4j.core.machine.DeviceProfile;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.train.Timetable.BatchOrder;
import org.align4j.core.train.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What a run will take: steps, tokens, what was auto, and memory at its peak. {@link TrainingMethod#plan} knows it before any weight is
 * loaded; dry runs, benchmarks, the doctor and the log of a run say it.
 *
 * @param settled the options, every auto settled
 * @param read the rows that are trained on, and their tokens
 * @param steps of the run
 * @param machine what is held in memory, and where
 * @param work the forwards of the steps; null where they aren't laid out yet, so that memory is that of the largest there may be
 * @param time measured; null before anything is
 */
public record RunPlan(
        RecipePlan settled,
        RowTokens read,
        int steps,
        Machine machine,
        @Nullable Workload work,
        @Nullable Time time) {
    /**
     * The rows that are trained on, and their tokens.
     *
     * @param rows that are trained on
     * @param tokens of these rows, each row once
     * @param separate tokens of their sequences, each with its own prompt
     * @param longest tokens of the longest row
     */
    public record RowTokens(int rows, long tokens, long separate, int longest) {}

    /**
     * What is held in memory, and where.
     *
     * @param parameters numbers in the model
     * @param trained numbers that train
     * @param device where it computes
     * @param memory at the peak
     */
    public record Machine(long parameters, long trained, DeviceProfile device, Forecast memory) {}

    /**
     * Seconds that a run will take.
     *
     * @param reference scoring all rows under the reference before the first step; null where there is none
     * @param steps all steps
     * @param attention the part of the steps that is attention, measured by itself; 0 where it isn't
     */
    public record Time(@Nullable Double reference, double steps, double attention) {
        /** Sums the seconds of the run. */
        public double all() {
            return steps + (reference == null ? 0 : reference);
        }
    }

    /** Plans a run over rows, whose largest forward is the largest that there may be. */
    static RunPlan of(RecipePlan settled, List<? extends TokenRow> rows, RunMemory memory) {
        int longest = rows.stream().mapToInt(TokenRow::tokens).max().orElse(0);
        int stepsPerEpoch = BatchOrder.stepsPerEpoch(
                rows.size(), settled.learning().length().batchSize());
        int largest = Math.max(settled.learning().length().microBatchTokens(), longest);
        return new RunPlan(
                settled,
                new RowTokens(
                        rows.size(),
                        rows.stream().mapToLong(TokenRow::tokens).sum(),
                        rows.stream().mapToLong(RunPlan::separately).sum(),
                        longest),
                settled.learning().length().extent().totalSteps(stepsPerEpoch),
                new Machine(
                        memory.one().decoder().elements(),
                        memory.trained(),
                        memory.device(),
                        memory.of(ForwardSize.atMost(largest, longest))),
                null,
                null);
    }

    /** Counts the tokens of a row's sequences, each with its own prompt. */
    public static long separately(TokenRow row) {
        return row.tokens() + (row.answers().size() - 1L) * row.prompt().length;
    }

    /** Returns this plan with its steps laid out in forwards. */
    RunPlan with(Workload forwards, RunMemory of) {
        return new RunPlan(
                settled,
                read,
                forwards.steps(),
                new Machine(machine.parameters(), machine.trained(), machine.device(), of.of(forwards)),
                forwards,
                time);
    }

    /** Returns this plan with the time that was measured. */
    public RunPlan with(Time measured) {
        return new RunPlan(settled, read, steps, machine, work, measured);
    }

    /** Returns the bytes that the run may have of its device's memory. */
    public long limit() {
        return machine.device().memory();
    }

    /** Returns the tokens of the rows' sequences, each with its own prompt, over those that {@code work} computes. */
    public double sharing(Workload forwards) {
        int stepsPerEpoch = BatchOrder.stepsPerEpoch(
                read.rows(), settled.learning().length().batchSize());
        return (double) forwards.steps() / stepsPerEpoch * read.separate() / forwards.tokens();
    }

    /** Returns how full the forwards are, as a share of the tokens that one may have. */
    public double fill(Workload forwards) {
        return forwards.tokens()
                / ((double) forwards.forwards() * settled.learning().length().microBatchTokens());
    }

    /** Returns the figures by name, for JSON. */
    public Map<String, Object> entries() {
        Map<String, Object> entries = new LinkedHashMap<>();
        entries.put("tokens_per_epoch", read.tokens());
        entries.put("longest_row_tokens", read.longest());
        entries.put("steps", steps);
        entries.put("parameters", machine.parameters());
        entries.put("trained_parameters", machine.trained());
        entries.putAll(machine.memory().entries());
        entries.put("limit_bytes", limit());
        entries.put("fits", machine.memory().peak() <= limit());
        entries.put("recompute", settled.policy().recompute());
        entries.put("micro_batch_tokens", settled.learning().length().microBatchTokens());
        Workload forwards = work;
        if (forwards != null) {
            entries.put(
                    "longest_forward_tokens",
                    forwards.largest().stream()
                            .mapToInt(forward -> forward.batch().size())
                            .max()
                            .orElse(0));
            entries.put("forwards", forwards.forwards());
            entries.put("level", forwards.level());
            entries.put("tokens", forwards.tokens());
            entries.put("response_tokens", forwards.scored());
            entries.put("sharing_ratio", sharing(forwards));
            entries.put("fill_of_micro_batch_tokens", fill(forwards));
        }
        Time measured = time;
        if (measured != null) {
            if (measured.reference() != null) {
                entries.put("reference_seconds", measured.reference());
            }
            entries.put("step_seconds", measured.steps() / steps);
            if (measured.attention() > 0) {
                entries.put("attention_share", measured.attention() / measured.steps());
            }
            entries.put("steps_seconds", measured.steps());
            entries.put("seconds", measured.all());
        }
        return entries;
    }

    /** Says in one or two sentences what forwards will take. */
    String text(Workload forwards) {
        boolean recompute = settled.policy().recompute();
        return format(
                "%,d steps of %,d tokens in all; forecast: %s, layers %s.%s",
                steps,
                forwards.tokens(),
                machine.memory().text(),
                recompute ? "computed again in the backward pass" : "kept for the backward pass",
                machine.memory().peak() <= limit()
                        ? ""
                        : format(
                                " That is more than %s: lower micro-batch-tokens or max-length%s.",
                                machine.device().limitText(), recompute ? "" : ", or use recompute true"));
    }
}
