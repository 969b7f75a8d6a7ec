package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.run.LeftOut;
import org.align4j.core.run.LeftOut.Action;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.options.CheckpointOptions.OnNan;

/**
 * Decides what is done about a step that is not finite, by {@link OnNan}. What it does is in the state that checkpoints
 * hold, so that a resumed run does the same.
 *
 * @param policy what the options say
 * @param inputRow the number by which users know a training row, by its place among them
 * @param keep checkpoints that stay
 */
record Recovery(OnNan policy, IntUnaryOperator inputRow, int keep) {
    /** Steps one after the other that may be not finite, the last of which ends the run. */
    private static final int MOST_IN_A_ROW = 3;

    /**
     * Leaves a step out, or goes back to the last checkpoint.
     *
     * @param line the step's line in the metrics where it is left out
     * @throws NotFiniteException where the run ends
     */
    void handle(NotFiniteStep found, StepPlan plan, StepMetrics line, RunRecord record) {
        requireMendable(found, found.isOfState(), record);
        if (policy == OnNan.SKIP) {
            LeftOut.Step met = new LeftOut.Step(
                    plan.step(),
                    firstSentence(found),
                    named(found.offendingRows(plan.rows())),
                    List.of(),
                    Action.SKIPPED);
            record.skip(found.outcome(), line, record.state().leftOut().with(met));
            record.tell(format(
                    "%s The step is skipped; the run goes on with step %d.", firstSentence(found), plan.step() + 1));
        } else {
            rollBack(found, plan.step(), found.isOfState() ? new int[0] : found.offendingRows(plan.rows()), record);
        }
    }

    /**
     * Goes back to the last checkpoint because the state after the last step is not finite, which saving it found. What was met counts as
     * the next step, which can't begin: the last one is taken again from the checkpoint and must not end the count of those in a row.
     *
     * @throws NotFiniteException where the run ends
     */
    void handleWhileSaving(NotFiniteException found, RunRecord record) {
        requireMendable(found, true, record);
        rollBack(found, record.state().step() + 1, new int[0], record);
    }

    private void rollBack(NotFiniteException found, int step, int[] places, RunRecord record) {
        List<Integer> leftOut = Arrays.stream(places).boxed().toList();
        LeftOut.Step met = new LeftOut.Step(step, firstSentence(found), named(places), leftOut, Action.ROLLED_BACK);
        LeftOut now = record.state().leftOut().with(met);
        record.rollBack(now);
        record.save(keep);
        record.tell(format(
                "%s The run goes back to its state after step %d%s.",
                firstSentence(found),
                record.state().step(),
                places.length == 0 ? "" : format("; from step %d on it does without rows %s", step, named(places))));
    }

    private void requireMendable(NotFiniteException found, boolean ofState, RunRecord record) {
        if (policy == OnNan.FAIL) {
            throw found;
        }
        if (policy == OnNan.SKIP && ofState) {
            throw ended(found, "on-nan skip can't repair weights or moments; on-nan roll-back can.");
        }
        if (record.state().leftOut().inARow() + 1 >= MOST_IN_A_ROW) {
            throw ended(
                    found,
                    format(
                            "%d steps in a row were not finite, at which on-nan %s ends the run.",
                            MOST_IN_A_ROW,
                            policy.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
    }

    private static NotFiniteException ended(NotFiniteException found, String why) {
        NotFiniteException ended = new NotFiniteException(found.getMessage() + " " + why);
        ended.initCause(found);
        return ended;
    }

    private List<Integer> named(int[] places) {
        return Arrays.stream(places).map(inputRow).boxed().toList();
    }

    private static String firstSentence(NotFiniteException found) {
        String message = String.valueOf(found.getMessage());
        int end = message.indexOf(". ");
        return end < 0 ? message : message.substring(0, end + 1);
    }

    /** Whether going back needs a checkpoint of the start. */
    boolean needsStart() {
        return policy == OnNan.ROLL_BACK;
    }
}
