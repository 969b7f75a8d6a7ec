package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.Round;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.options.UpdateOptions;
import org.jspecify.annotations.Nullable;

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
    record StepResult(StepOutcome outcome, double gradientNorm, StepMetrics timings, Runnable apply) {}

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
    StepResult learn(StepPlan plan, double learningRate, StepMetrics last);

    /** A step is not applied and the run goes on with the next: what follows its number alone moves on. */
    default void skipStep(StepPlan plan) {}

    /**
     * Computes the largest things that steps will compute and forgets them, before the first step of a run: what has no room
     * fails there. Changes nothing that a checkpoint holds, nor any later result.
     */
    default void tryLargestForwards(Timetable timetable) {}

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

    /** The state before a step has gone beyond a limit that the options set: the run ends with the last one that had not. */
    public static final class LimitReached extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** @param limit what was found and what the limit is, without a full stop */
        public LimitReached(String limit) {
            super(limit);
        }
    }

    /** One gradient of the whole batch, refused where it isn't finite, and one optimizer step. */
    static final class GradientLearner implements Learner {
        private final Objective objective;
        private final OptimizerStep optimizer;
        private final UpdateOptions update;
        private final @Nullable Workload work;

        /** @param work what the steps come to, of which the largest are tried out; null: none are */
        GradientLearner(Objective objective, OptimizerStep optimizer, UpdateOptions update, @Nullable Workload work) {
            this.objective = objective;
            this.optimizer = optimizer;
            this.update = update;
            this.work = work;
        }

        @Override
        public void tryLargestForwards(Timetable timetable) {
            if (work != null) {
                tryLargest(timetable, work, objective.budget().tokens());
            }
        }

        /**
         * Computes the largest forwards with their backward as if they were one step, and forgets them: what has no room, side by side too,
         * fails in the first minute. With fewer tokens where memory is refused; none where the objective doesn't tell its forwards.
         */
        private void tryLargest(Timetable timetable, Workload planned, int plannedTokens) {
            objective.budget().withinMemory(() -> {
                StopSignal.throwIfStopped();
                boolean known = objective.budget().tokens() == plannedTokens;
                int[] rows = (known ? planned : Workload.of(timetable, objective::forwards))
                        .largest().stream()
                                .flatMapToInt(forward -> Arrays.stream(forward.rows()))
                                .distinct()
                                .toArray();
                if (rows.length > 0) {
                    objective.accumulate(new StepPlan(0, 0, 0, rows));
                }
                return true;
            });
        }

        @Override
        public StepResult learn(StepPlan plan, double learningRate, StepMetrics last) {
            StepOutcome outcome = objective.budget().withinMemory(() -> objective.accumulate(plan));
            double norm = optimizer.gradientNorm();
            // First: no row is to blame for what weights that are not finite make of it.
            optimizer.damage().ifPresent(damage -> {
                throw NotFiniteStep.ofState(damage, plan.step(), outcome, norm);
            });
            new Divergence(objective::inputRow).check(plan, outcome, norm, last, learningRate);
            return new StepResult(outcome, norm, StepMetrics.EMPTY, () -> {
                optimizer.apply(learningRate, update.gradientScale(norm));
                objective.commit(plan);
            });
        }

        @Override
        public void skipStep(StepPlan plan) {
            objective.skipStep(plan);
        }

        /** Finds that a step is not finite, and says what a person needs to know about it. */
        private static final class Divergence {
            private static final int ROWS_SHOWN = 16;

            private final IntUnaryOperator inputRow;

            /** @param inputRow the number by which users know a training row, by its place among them */
            Divergence(IntUnaryOperator inputRow) {
                this.inputRow = inputRow;
            }

            /**
             * Lets a finite step pass.
             *
             * @param last the figures of the step before, empty for the first
             * @param learningRate the step's rate, for the advice
             * @throws NotFiniteStep if loss or gradient is not finite
             */
            void check(StepPlan plan, StepOutcome outcome, double gradientNorm, StepMetrics last, double learningRate) {
                boolean lossIsFinite = Double.isFinite(outcome.loss());
                if (lossIsFinite && Double.isFinite(gradientNorm)) {
                    return;
                }
                String before =
                        last.get("loss").isPresent() && last.get("grad_norm").isPresent()
                                ? format(
                                        " Last finite loss %s, gradient norm %s.",
                                        brief(last.get("loss").getAsDouble()),
                                        brief(last.get("grad_norm").getAsDouble()))
                                : "";
                int[] guilty = offendingRows(plan, outcome);
                String sentence = format(
                        "%s became %s at step %d (rows %s).%s The step was not applied. Maybe lower learning-rate (%s).",
                        lossIsFinite ? "Gradient norm" : "Loss",
                        lossIsFinite ? gradientNorm : outcome.loss(),
                        plan.step(),
                        rows(guilty.length > 0 ? guilty : plan.rows()),
                        before,
                        brief(learningRate));
                throw NotFiniteStep.ofRows(sentence, outcome, gradientNorm, guilty);
            }

            /** The rows whose own loss is not finite; none where none is to blame. */
            private static int[] offendingRows(StepPlan plan, StepOutcome outcome) {
                double[] losses = outcome.rowLosses();
                return IntStream.range(0, losses.length == plan.rows().length ? losses.length : 0)
                        .filter(i -> !Double.isFinite(losses[i]))
                        .map(i -> plan.rows()[i])
                        .toArray();
            }

            private String rows(int[] named) {
                String words = Arrays.stream(named)
                        .limit(ROWS_SHOWN)
                        .mapToObj(row -> Integer.toString(inputRow.applyAsInt(row)))
                        .collect(Collectors.joining(", "));
                return named.length > ROWS_SHOWN ? words + format(" and %d more", named.length - ROWS_SHOWN) : words;
            }

            private static String brief(double value) {
                return format("%.3g", value);
            }
        }
    }

    /** What a method minimises, whose step is one gradient: the gradient of a batch of its rows, besides what every method has. */
    public interface Objective extends TrainedMethod {
        /**
         * Computes the gradient of the batch's loss, starting from zero gradients whatever was computed before. May be cut
         * short by a {@link org.align4j.core.stop.StoppedException} at any kernel; changes nothing that a checkpoint holds
         * except in {@link #commit(StepPlan)}.
         */
        StepOutcome accumulate(StepPlan plan);

        /**
         * The forwards that rows become as one step, with their places among all training rows; none where a method can't tell
         * them beforehand.
         */
        default List<Forward> forwards(int[] rows) {
            return List.of();
        }

        /** The rounds whose forwards {@link #accumulate} and {@link #evaluate} take, for those who take them elsewhere. */
        default List<Round<?, ?>> rounds() {
            return List.of();
        }

        /** Computes what steps are compared with and none of them changes, a reference's scores, before the first step. */
        default void prepare() {}

        /** Reports where the run lies, before its first step: what a method leaves for the report is there. */
        default void keepIn(Path run) {}

        /** The step was applied: what the objective remembers from step to step (a running mean, a reference) moves on. */
        default void commit(StepPlan plan) {}

        /** The step was not applied and the run goes on with the next: what follows its number alone (a reference) moves on. */
        default void skipStep(StepPlan plan) {}

        /**
         * Holds one forward of a step by its rows.
         *
         * @param rows training rows in it, ascending places in the step
         * @param batch as it is computed
         */
        @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
        public record Forward(int[] rows, PackedBatch batch) {

            /**
             * Lays some rows into forwards.
             *
             * @param rows training rows
             * @param groups places in {@code rows} that share a forward
             * @param packed lays such places into their forward
             */
            public static List<Forward> of(int[] rows, List<int[]> groups, Function<int[], PackedBatch> packed) {
                return groups.stream()
                        .map(group -> new Forward(
                                Arrays.stream(group).map(place -> rows[place]).toArray(), packed.apply(group)))
                        .toList();
            }
        }
    }
}
