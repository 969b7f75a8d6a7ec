package org.align4j.core.report.method;

import static org.align4j.core.report.method.ChartPlan.Question.COST;
import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.List;
import org.align4j.core.figure.LoopFigures;

/** The charts that several methods have. */
public final class CommonCharts {
    /** The loss of steps and evaluations. */
    public static final ChartPlan LOSS = ChartPlan.of(
                    LEARNING, "Loss", "Down is better; evaluation rising while training falls is overfitting.")
            .both(LoopFigures.LOSS);

    /** The gradient's norm. */
    public static final ChartPlan GRADIENT_NORM = ChartPlan.of(
                    HEALTH,
                    "Gradient norm",
                    "Before clipping. Good: level or falling. Single spikes are single bad batches; a steady rise is trouble.")
            .steps(LoopFigures.GRADIENT_NORM, "gradient norm", "train");

    /** The learning rate. */
    public static final ChartPlan LEARNING_RATE = ChartPlan.of(
                    HEALTH,
                    "Learning rate",
                    "As applied at each step; it is set, not learned, and follows the schedule.")
            .steps(LoopFigures.LEARNING_RATE, "learning rate", "train");

    /** The entropy of the data's answers. */
    public static final ChartPlan ENTROPY = ChartPlan.of(
                    HEALTH,
                    "Entropy",
                    "Per token. Good: about level. Bad: a collapse towards 0, which means the model repeats itself.")
            .both(LoopFigures.ENTROPY);

    /** The perplexity of general text. */
    public static final ChartPlan GENERAL_TEXT = ChartPlan.of(
                    HEALTH, "Perplexity on general text", "Good: level. Up by 5 % or more means it forgets.")
            .evaluations(LoopFigures.GUARD_PERPLEXITY, "guard text", "eval");

    /** The speed. */
    public static final ChartPlan SPEED = ChartPlan.of(COST, "Tokens a second", "Tokens computed in training forwards.")
            .steps(LoopFigures.TOKENS_PER_SECOND, "tokens a second", "train");

    /** The memory. */
    public static final ChartPlan MEMORY =
            ChartPlan.of(COST, "Memory", "Peak so far.").steps(LoopFigures.PEAK_MEMORY, "peak", "train");

    /** The charts that a run of any method has. */
    public static final List<ChartPlan> OF_EVERY_RUN =
            List.of(LOSS, GRADIENT_NORM, LEARNING_RATE, GENERAL_TEXT, SPEED, MEMORY);

    private CommonCharts() {}
}
