package org.align4j.core.train;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.files.Saved;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;

/** The array model with something in it that is not finite, or with rows that steps from one on don't take. */
final class Planted implements Objective, OptimizerStep {
    /** Where it is planted. */
    enum Place {
        /** In the loss of one row, whenever it is met. */
        LOSS,
        /** In the gradients of some steps, whatever their rows. */
        GRADIENT,
        /** Once in the optimizer, after a step's gradient. */
        SLOT,
        /** Nowhere. */
        NOWHERE
    }

    private final ArrayModel model;
    private final Place place;
    private final int row;
    private final int firstStep;
    private final int lastStep;
    private boolean spoilt;
    private int step;

    private Planted(ArrayModel model, Place place, int row, int firstStep, int lastStep) {
        this.model = model;
        this.place = place;
        this.row = row;
        this.firstStep = firstStep;
        this.lastStep = lastStep;
    }

    /** Something not finite that the run meets first at a step; at the next ones too, of gradients, up to the last. */
    static Planted at(ArrayModel model, Place place, int firstStep, int lastStep) {
        int row = new Timetable(ArrayRun.options(ArrayRun.STEPS, ArrayRun.AUTO), ArrayModel.ROWS, true)
                .plan(firstStep)
                .rows()[1];
        return new Planted(model, place, row, firstStep, lastStep);
    }

    /** A row that steps don't take from one on, each without a word. */
    static Planted without(ArrayModel model, int row, int firstStep) {
        return new Planted(model, Place.NOWHERE, row, firstStep, firstStep);
    }

    int row() {
        return row;
    }

    @Override
    public StepOutcome accumulate(StepPlan plan) {
        step = plan.step();
        if (place == Place.NOWHERE) {
            int[] others = Arrays.stream(plan.rows())
                    .filter(each -> each != row || step < firstStep)
                    .toArray();
            return model.accumulate(new StepPlan(step, plan.epoch(), plan.seed(), others));
        }
        StepOutcome outcome = model.accumulate(plan);
        double[] losses = outcome.rowLosses().clone();
        boolean met = false;
        for (int i = 0; i < losses.length; i++) {
            if (place == Place.LOSS && plan.rows()[i] == row && step >= firstStep) {
                losses[i] = Double.NaN;
                met = true;
            }
        }
        return met
                ? new StepOutcome(Double.NaN, losses, outcome.metrics(), outcome.tokens(), outcome.paddingTokens())
                : outcome;
    }

    @Override
    public double gradientNorm() {
        if (place == Place.GRADIENT && step >= firstStep && step <= lastStep) {
            model.spoilGradient();
        }
        if (place == Place.SLOT && step == firstStep && !spoilt) {
            spoilt = true;
            model.spoilMoment();
        }
        return model.gradientNorm();
    }

    @Override
    public Optional<String> damage() {
        return model.damage();
    }

    @Override
    public void apply(double learningRate, double gradientScale) {
        model.apply(learningRate, gradientScale);
    }

    @Override
    public void commit(StepPlan plan) {
        model.commit(plan);
    }

    @Override
    public int rows() {
        return model.rows();
    }

    @Override
    public int inputRow(int place) {
        return model.inputRow(place);
    }

    @Override
    public TokenBudget budget() {
        return model.budget();
    }

    @Override
    public boolean evaluates() {
        return model.evaluates();
    }

    @Override
    public Evaluation evaluate() {
        return model.evaluate();
    }

    @Override
    public List<Saved> parts() {
        return model.parts();
    }
}
