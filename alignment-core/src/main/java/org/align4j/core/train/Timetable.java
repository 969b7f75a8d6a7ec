package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.data.BatchOrder;
import org.align4j.core.error.InputException;
import org.align4j.core.train.options.KeepingOptions;
import org.align4j.core.train.options.TrainingPlan;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.jspecify.annotations.Nullable;

/** What happens at which step of a run: a pure function of the plan and the number of rows. */
public final class Timetable {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final BatchOrder order;
    private final OptimizerPlan optimizer;
    private final long seed;
    private final int totalSteps;
    private final boolean evaluates;
    private final @Nullable Integer saveEvery;
    private final @Nullable Integer evalEvery;

    Timetable(TrainingPlan plan, int rows, boolean evaluates) {
        KeepingOptions keeping = plan.keeping();
        this.order =
                new BatchOrder(rows, plan.length().batchSize(), plan.length().shuffle(), plan.seed());
        this.optimizer = plan.optimizer();
        this.seed = plan.seed();
        this.totalSteps = plan.length().extent().totalSteps(order.stepsPerEpoch());
        this.evaluates = evaluates;
        this.saveEvery = keeping.saveEvery();
        this.evalEvery = keeping.evalEvery();
    }

    int totalSteps() {
        return totalSteps;
    }

    StepPlan plan(int step) {
        return new StepPlan(step, order.epochsAfter(step), mix(seed + step * GOLDEN), order.rowsOf(step));
    }

    /** The learning rate of a step. */
    double learningRate(int step) {
        return optimizer.learningRate(step, totalSteps);
    }

    /** Epochs done after a step; 0 before the first. */
    double epochsAfter(int step) {
        return step == 0 ? 0 : order.epochsAfter(step);
    }

    boolean evaluatesAfter(int step) {
        boolean due = step == 0 || step == totalSteps || (evalEvery == null ? endsEpoch(step) : step % evalEvery == 0);
        return evaluates && due;
    }

    /** Whether a checkpoint is due by the number of the step alone. */
    boolean savesAfter(int step) {
        return step == totalSteps || (saveEvery == null ? endsEpoch(step) : step % saveEvery == 0);
    }

    /** Whether checkpoints go by the clock too. */
    boolean savesByClock() {
        return saveEvery == null;
    }

    /** Refuses to end before what is done. */
    void requireAtLeast(int stepsDone) {
        if (stepsDone > totalSteps) {
            throw new InputException(format(
                    "The run has done %d steps already but is to have %d; give more max-steps or epochs.",
                    stepsDone, totalSteps));
        }
    }

    private boolean endsEpoch(int step) {
        return step % order.stepsPerEpoch() == 0;
    }

    /** The finaliser of SplitMix64: neighbouring steps get unrelated seeds. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
