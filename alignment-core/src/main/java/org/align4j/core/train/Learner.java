package org.align4j.core.train;

import org.align4j.core.run.StepMetrics;

/** How one step of a run moves the weights. */
public interface Learner {

    /**
     * What a step did, or will have done once it is applied.
     *
     * @param outcome its figures
     * @param gradientNorm before clipping
     * @param timings seconds of its phases by name; they differ from run to run
     * @param apply moves what a checkpoint holds; called once, right away, with the stop signal deferred
     */
    record Learnt(StepOutcome outcome, double gradientNorm, StepMetrics timings, Runnable apply) {}

    /**
     * Takes a step as far as it can go without moving anything that a checkpoint holds, or takes it whole. May be cut short by
     * a {@link org.align4j.core.stop.StoppedException} at any kernel; then, and where it throws anything else, everything that
     * a checkpoint holds is as it was.
     *
     * @param learningRate the step's
     * @param last the figures of the step before, empty for the first
     * @throws NotFiniteStep where something is not finite
     * @throws LimitReached where the state before this step has gone too far
     */
    Learnt learn(StepPlan plan, double learningRate, StepMetrics last);

    /** A step is not applied and the run goes on with the next: what follows its number alone moves on. */
    default void passOver(StepPlan plan) {}

    /**
     * Computes the largest things that steps will compute and forgets them, before the first step of a run: what has no room
     * fails there. Changes nothing that a checkpoint holds, nor any later result.
     */
    default void tryOut(Timetable timetable) {}

    /**
     * Whether {@link LimitReached} may be thrown: then the loop keeps the state before each step until the next one has been
     * looked at.
     */
    default boolean mayReachLimit() {
        return false;
    }

    /** How often a step moves the weights, at most. */
    default int updatesPerStep() {
        return 1;
    }
}
