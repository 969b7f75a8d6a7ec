package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;

/** The figures of preference optimization. */
final class DpoFigures {
    /** The mean reward of chosen, or desirable, answers. */
    public static final Figure CHOSEN_REWARD =
            Figure.of("rewards/chosen", Meaning.REWARD).higherIsBetter();

    /** The mean reward of rejected, or undesirable, answers. */
    public static final Figure REJECTED_REWARD =
            Figure.of("rewards/rejected", Meaning.REWARD).lowerIsBetter();

    /** The mean difference between the two rewards. */
    public static final Figure MARGIN =
            Figure.of("rewards/margins", Meaning.MARGIN).higherIsBetter().captioned("Reward margin");

    /** The share of pairs whose chosen answer gets the higher reward. */
    public static final Figure ACCURACY = Figure.of("rewards/accuracies", Meaning.ACCURACY)
            .higherIsBetter()
            .comparedWithStart()
            .captioned("Pairs won against the reference");

    /** The mean log-probability of chosen, or desirable, answers under the policy. */
    public static final Figure CHOSEN_LOG_PROB = Figure.of("logps/chosen", Meaning.LOG_PROBABILITY)
            .higherIsBetter()
            .captioned("Log-probability of chosen answers");

    /** The mean log-probability of rejected, or undesirable, answers under the policy. */
    public static final Figure REJECTED_LOG_PROB = Figure.of("logps/rejected", Meaning.LOG_PROBABILITY)
            .lowerIsBetter()
            .captioned("Log-probability of rejected answers");

    /** The share of pairs whose chosen answer is the likelier one under the policy. */
    public static final Figure LIKELIER = Figure.of("logps/accuracies", Meaning.LIKELIER)
            .higherIsBetter()
            .captioned("Pairs whose chosen answer is likelier");

    /** KTO's z: the mean log-ratio of answers to other rows' prompts. */
    public static final Figure BASELINE =
            Figure.of("kl", Meaning.BASELINE).lowerIsBetter().captioned("KTO's z");

    /** What the names of the parts of a loss begin with. */
    static final String PARTS = "loss/";

    private DpoFigures() {}

    /** What a loss of several adds to the whole. */
    public static Figure part(String loss) {
        return Figure.of(PARTS + loss, Meaning.LOSS_PART).lowerIsBetter();
    }

    /**
     * The figures that pairs give.
     *
     * @param losses that are minimised, by name
     */
    public static List<Figure> ofPairs(List<String> losses) {
        List<Figure> figures = new ArrayList<>(ofAnswers());
        figures.add(ACCURACY);
        figures.add(LIKELIER);
        if (losses.size() > 1) {
            losses.forEach(loss -> figures.add(part(loss)));
        }
        return figures;
    }

    /** The figures that single answers give, as pairs do; {@link #BASELINE} aside. */
    public static List<Figure> ofAnswers() {
        return List.of(
                LoopFigures.LOSS,
                CHOSEN_REWARD,
                REJECTED_REWARD,
                MARGIN,
                CHOSEN_LOG_PROB,
                REJECTED_LOG_PROB,
                LoopFigures.ENTROPY);
    }
}
