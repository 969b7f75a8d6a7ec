package org.align4j.dpo;

import java.util.List;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.StepOutcome;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;

/** An objective that is refused memory at one step, after the gradients are there, while forwards may be large. */
record RefusingObjective(Objective objective, Refusal refusal) implements Objective {
    /**
     * Says when and how memory is refused.
     *
     * @param step that is refused; -1: none
     * @param room the most tokens of a forward that is not refused
     * @param tries whether the longest forward is tried before the first step
     * @param by throws what the engine throws
     */
    record Refusal(int step, int room, boolean tries, Runnable by) {}

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        StepOutcome outcome = objective.accumulate(plan);
        if (plan.step() == refusal.step() && budget().tokens() > refusal.room()) {
            refusal.by().run();
        }
        return outcome;
    }

    @Override
    public List<Forward> forwards(int[] rows) {
        return refusal.tries() ? objective.forwards(rows) : List.of();
    }

    @Override
    public void commit(StepPlan plan) {
        objective.commit(plan);
    }

    @Override
    public int rows() {
        return objective.rows();
    }

    @Override
    public int inputRow(int row) {
        return objective.inputRow(row);
    }

    @Override
    public TokenBudget budget() {
        return objective.budget();
    }

    @Override
    public boolean evaluates() {
        return objective.evaluates();
    }

    @Override
    public Evaluation evaluate() {
        return objective.evaluate();
    }

    @Override
    public List<Saved> parts() {
        return objective.parts();
    }
}
