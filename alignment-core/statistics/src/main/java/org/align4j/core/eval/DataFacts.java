package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run's data and settings before its first step.
 *
 * @param rows the rows of a training
 * @param plannedSteps times that the whole run moves the weights
 * @param screening what was found in the rows before
 * @param rate how large the steps of a training are
 * @param examples the command that puts the rows into the prompt as examples; empty where they can't be there
 * @param relations what the rows have to do with each other, where that is worth a warning
 * @param method what the method knows of its runs
 */
public record DataFacts(
        Rows rows,
        long plannedSteps,
        Screening screening,
        Rate rate,
        String examples,
        List<Warning> relations,
        MethodWarnings method) {
    /**
     * The rows of a training.
     *
     * @param rowsRead rows (pairs, for a paired method) read for training
     * @param rowsUsed rows that are trained on
     */
    public record Rows(long rowsRead, long rowsUsed) {}

    /**
     * How large the steps of a training are.
     *
     * @param learningRate the peak
     * @param usual what is usual for this command, method and model
     * @param maxGradNorm the clipping bound, null for none
     */
    public record Rate(
            double learningRate, UsualRate usual, @Nullable Double maxGradNorm) {}

    private static final int FEW = 50;
    private static final double DROPPED_FRACTION = 0.1;

    List<Warning> warnings() {
        List<Warning> found = new ArrayList<>();
        if (rows().rowsUsed() < FEW) {
            Warning few = method().fewRows(rows().rowsUsed());
            found.add(examples().isEmpty() ? few : few.beginningWith(examplesFirst()));
        }
        if (plannedSteps() < FEW) {
            found.add(method().fewUpdates(plannedSteps()));
        }
        found.addAll(screening().findings());
        long dropped = rows().rowsRead() - rows().rowsUsed();
        if (dropped - screening().rowsTold() > DROPPED_FRACTION * rows().rowsRead()) {
            found.add(new Warning(
                    "rows-dropped",
                    format(
                            "%,d of %,d rows (%.0f %%) were dropped.",
                            dropped, rows().rowsRead(), 100.0 * dropped / rows().rowsRead()),
                    "See the reasons in the report; raise max-length or clean the file."));
        }
        found.addAll(relations());
        found.addAll(method().ofSettings());
        RateWarning.of(rate().learningRate(), rate().usual(), plannedSteps()).ifPresent(found::add);
        return List.copyOf(found);
    }

    private String examplesFirst() {
        return "Put them into the prompt as examples first, which trains nothing: " + examples() + ".";
    }

    /**
     * Warns of a learning rate that is far from the usual one, or that can't move anything in the steps that it has.
     *
     * <p>Adam moves a weight by about the rate in a step, so by {@code steps * rate} at most in all. Where that is less than two steps at the
     * usual rate would do, the model stays as it was, and so do its answers (docs/results-notes.md has the runs).
     */
    record RateWarning(double rate, UsualRate usual, long steps) {
        private static final String CODE = "learning-rate";
        private static final double FEW_STEPS = 2;
        private static final double FAR = 10;
        private static final double ROUNDING = 0.01;

        /**
         * Returns a warning where a rate is far from the usual one.
         *
         * @param rate the peak of the run
         * @param steps times that the whole run moves the weights
         */
        static Optional<Warning> of(double rate, UsualRate usual, long steps) {
            RateWarning judged = new RateWarning(rate, usual, steps);
            if (judged.isIdle()) {
                return Optional.of(judged.idle());
            }
            if (rate > (FAR + ROUNDING) * usual.highest()) {
                return Optional.of(judged.high());
            }
            return rate <= (1 - ROUNDING) / FAR * usual.ofLargeModels() ? Optional.of(judged.low()) : Optional.empty();
        }

        private double usualSteps() {
            return steps * rate / usual.rate();
        }

        private boolean isIdle() {
            return rate < usual.rate() && usualSteps() < FEW_STEPS;
        }

        private Warning idle() {
            return new Warning(
                    CODE,
                    format(
                            "learning-rate is %s, so that the %,d steps move no weight further than %.2g steps at the usual %s would.",
                            Warnings.brief(rate), steps, usualSteps(), Warnings.brief(usual.rate())),
                    "The model will stay as it is; raise it, or leave it out for auto.");
        }

        private Warning high() {
            return new Warning(
                    CODE,
                    format(
                            "learning-rate is %s, over ten times more than the usual %s for this method and a model of width %d.",
                            Warnings.brief(rate), Warnings.brief(usual.highest()), usual.width()),
                    "Lower it unless you have seen it work; too high a rate ruins the text before the loss shows it.");
        }

        private Warning low() {
            return new Warning(
                    CODE,
                    format(
                            "learning-rate is %s, over ten times less than the usual %s for this method.",
                            Warnings.brief(rate), Warnings.brief(usual.ofLargeModels())),
                    "Raise it unless you have seen it work; too low a rate learns nothing in this many steps.");
        }
    }
}
