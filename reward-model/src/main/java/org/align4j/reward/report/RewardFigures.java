package org.align4j.reward.report;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.LoopFigures;

/** The figures of reward models and process reward models. */
public final class RewardFigures {
    /** The share of pairs whose chosen answer gets the higher score. */
    public static final Figure ACCURACY =
            Figure.of("accuracy", Meaning.ACCURACY).higherIsBetter().captioned("Pairs ranked correctly");

    /** The mean difference between the scores of chosen and rejected answers. */
    public static final Figure MARGIN =
            Figure.of("margin", Meaning.MARGIN).higherIsBetter().captioned("Score margin");

    /** The share of steps called right or wrong as the data say. */
    public static final Figure STEP_ACCURACY =
            Figure.of("step_accuracy", Meaning.HITS).higherIsBetter().captioned("Steps classified correctly");

    /** The share of steps that are right. */
    public static final Figure RIGHT_STEPS = Figure.of("right_fraction", Meaning.SHARE);

    /** The share of answers whose first wrong step, or that there is none, is found. */
    public static final Figure FIRST_MISTAKES = Figure.of("first_mistake_accuracy", Meaning.HITS)
            .higherIsBetter()
            .captioned("Answers whose first wrong step is found");

    /** The mean of the scores. */
    public static final Figure MEAN_SCORE = Figure.of("mean_reward", Meaning.REWARD);

    /** The smallest score. */
    public static final Figure LEAST_SCORE = Figure.of("min_reward", Meaning.REWARD);

    /** The largest score. */
    public static final Figure LARGEST_SCORE = Figure.of("max_reward", Meaning.REWARD);

    /** The figures of a model that scores answers. */
    public static final List<Figure> OF_PAIRS =
            List.of(LoopFigures.LOSS, ACCURACY, MARGIN, MEAN_SCORE, LEAST_SCORE, LARGEST_SCORE);

    /** The figures of a model that scores the steps of answers. */
    public static final List<Figure> OF_STEPS = List.of(
            LoopFigures.LOSS, STEP_ACCURACY, RIGHT_STEPS, FIRST_MISTAKES, MEAN_SCORE, LEAST_SCORE, LARGEST_SCORE);

    /** All figures of {@code align reward}, whatever its rows are. */
    public static final List<Figure> ALL =
            Stream.concat(OF_PAIRS.stream(), OF_STEPS.stream()).distinct().toList();

    private static final Set<String> LOSSES = FigureScales.names(LoopFigures.LOSS);
    private static final Set<String> SCORES = FigureScales.names(MEAN_SCORE, LEAST_SCORE, LARGEST_SCORE);

    /** What options do to the scale of these figures. */
    public static final FigureScales SCALES = LoopFigures.SCALES
            .rescaling(LOSSES, "centering", "label-smoothing", "margin-field", "last-step-only", "step-separator")
            .rescaling(SCORES, "step-aggregate", "last-step-only", "step-separator")
            .rescaling(
                    FigureScales.names(STEP_ACCURACY, RIGHT_STEPS, FIRST_MISTAKES), "last-step-only", "step-separator");

    private RewardFigures() {}
}
