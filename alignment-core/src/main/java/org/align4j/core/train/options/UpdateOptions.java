package org.align4j.core.train.options;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.optimizer.OptimizerStep;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** How an update goes at a given peak learning rate: its schedule, AdamW's numbers and the clip. A group of options without an auto. */
public record UpdateOptions(
        @Option(
                help = "How the rate goes after warm-up: down to 0 in a line or a half cosine, or level.",
                defaultValue = "linear")
        Schedule schedule,

        @Option(help = "Steps over which the rate rises from 0; more start more gently.", defaultValue = "0")
        int warmupSteps,

        @Option(
                help =
                        "The share of the run over which the rate rises from 0, instead of steps; a larger one starts more gently.",
                unset = "none")
        @Nullable
        Double warmupFraction,

        @Option(
                help = "Decoupled weight decay; a larger one pulls weights to 0 more; spares biases and norm weights.",
                defaultValue = "0")
        double weightDecay,

        @Option(
                help = "Decay of Adam's first moment; a larger one averages gradients over more steps.",
                defaultValue = "0.9")
        double adamBeta1,

        @Option(
                help = "Decay of Adam's second moment; a larger one averages squared gradients over more steps.",
                defaultValue = "0.999")
        double adamBeta2,

        @Option(
                help =
                        "Added to the root of Adam's second moment; a larger one makes the steps of weights with small gradients smaller.",
                defaultValue = "1e-8")
        double adamEpsilon,

        @Option(
                help =
                        "Clip the gradient to this L2 norm over all weights; a larger one lets steps with large gradients through.",
                defaultValue = "1.0",
                unset = "none")
        @Nullable
        Double maxGradNorm) {

    /** Added to the norm before dividing, as PyTorch does. */

    /** Checks ranges, and that only one option says how long the warm-up is. */
    public UpdateOptions {
        if (warmupSteps < 0) {
            throw new InputException(format("warmup-steps is %d but must be 0 or more.", warmupSteps));
        }
        if (warmupFraction != null && !(warmupFraction >= 0 && warmupFraction <= 1)) {
            throw new InputException(
                    format("warmup-fraction is %s but must be between 0 and 1; 0.1 is usual.", warmupFraction));
        }
        if (warmupFraction != null && warmupSteps > 0) {
            throw new InputException(format(
                    "warmup-steps (%d) and warmup-fraction (%s) both say how long the warm-up is; drop one.",
                    warmupSteps, warmupFraction));
        }
        if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw new InputException(
                    format("weight-decay is %s but must be 0 or more; 0 to 0.1 is usual.", weightDecay));
        }
        requireBelowOne("adam-beta1", adamBeta1, "0.9");
        requireBelowOne("adam-beta2", adamBeta2, "0.999");
        if (!(adamEpsilon > 0 && adamEpsilon < Double.POSITIVE_INFINITY)) {
            throw new InputException(format("adam-epsilon is %s but must be positive; 1e-8 is usual.", adamEpsilon));
        }
        if (maxGradNorm != null && !(maxGradNorm > 0)) {
            throw new InputException(format(
                    "max-grad-norm is %s but must be positive; 1 is usual, none turns clipping off.", maxGradNorm));
        }
    }

    private static void requireBelowOne(String name, double value, String usual) {
        if (!(value >= 0 && value < 1)) {
            throw new InputException(
                    format("%s is %s but must be at least 0 and below 1; %s is usual.", name, value, usual));
        }
    }

    /**
     * Returns the share of the peak learning rate that a step has.
     *
     * @param step from 1
     * @param totalSteps steps of the whole run
     */
    double rateFactor(int step, int totalSteps) {
        int warmup = warmupFraction == null ? warmupSteps : (int) Math.ceil(warmupFraction * totalSteps - 1e-9);
        return schedule.factor(step, warmup, totalSteps);
    }

    /** What the gradients are multiplied by so that their norm is at most max-grad-norm. */
    public double gradientScale(double gradientNorm) {
        return maxGradNorm == null ? 1 : OptimizerStep.clip(maxGradNorm, gradientNorm);
    }

    /** How the learning rate goes from step to step, as in {@code transformers}: step 1 has the schedule's first value. */
    public enum Schedule {
        /** The rate goes up during warm-up, then down to 0 in a straight line. */
        LINEAR {
            @Override
            double after(double progress) {
                return 1 - progress;
            }
        },
        /** The rate goes up during warm-up, then down to 0 along half a cosine. */
        COSINE {
            @Override
            double after(double progress) {
                return 0.5 * (1 + Math.cos(Math.PI * progress));
            }
        },
        /** The rate goes up during warm-up and stays level. */
        CONSTANT {
            @Override
            double after(double progress) {
                return 1;
            }
        };

        abstract double after(double progress);

        /**
         * The share of the peak learning rate that a step gets.
         *
         * @param step the step's number, from 1
         * @param warmupSteps steps of warm-up; with any, step 1 gets 0
         * @param totalSteps steps of the whole run
         * @return 0 to 1
         */
        public double factor(int step, int warmupSteps, int totalSteps) {
            if (step < 1 || step > totalSteps) {
                throw new InputException(format(
                        "step is %d but must be between 1 and the run's %d steps; resume with more max-steps to go further.",
                        step, totalSteps));
            }
            int done = step - 1;
            if (done < warmupSteps) {
                return (double) done / warmupSteps;
            }
            return after((double) (done - warmupSteps) / (totalSteps - warmupSteps));
        }
    }
}
