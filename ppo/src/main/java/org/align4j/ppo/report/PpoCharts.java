package org.align4j.ppo.report;

import static org.align4j.core.report.method.ChartPlan.Question.COST;
import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.CommonCharts;

/** The charts of runs of {@code align ppo}. */
final class PpoCharts {
    private static final ChartPlan MEANS = ChartPlan.of(
            LEARNING,
            "Single rewards",
            "Mean of what each reward gave, before its weight. Good: all rise or stay. Bad: one rises while another falls: it is paid for.");

    private static final ChartPlan DEVIATIONS = ChartPlan.of(
                    HEALTH,
                    "Spread of the scores",
                    "Standard deviation over a step's answers. Good: well above 0. Bad: towards 0, where no answer is better than another and"
                            + " nothing is learned.")
            .steps(PpoFigures.SCORE_DEVIATION, "score", "train");

    private static final int COLOURS = 12;

    private static final List<ChartPlan> ALL = List.of(
            CommonCharts.LOSS.noted(
                    "Policy loss and weighted value loss. It needn't fall: every step has answers of its own. Look at the score."),
            ChartPlan.of(
                            LEARNING,
                            "Score",
                            "Mean score of the sampled answers. Good: rising on held-out prompts while KL stays small. Bad: rising while answers grow alike.")
                    .steps(PpoFigures.SCORE, "score", "train")
                    .steps(PpoFigures.OBJECTIVE, "score less KL penalty", "chosen")
                    .evaluations(PpoFigures.SCORE),
            CommonCharts.GRADIENT_NORM.noted("Mean over a step's updates, before clipping. A steady rise is trouble."),
            CommonCharts.LEARNING_RATE.steps(PpoFigures.VALUE_LEARNING_RATE, "value head", "eval"),
            ChartPlan.of(
                            HEALTH,
                            "Entropy",
                            "Per token of the policy's own answers; a collapse towards 0 means that they become alike.")
                    .steps(PpoFigures.ENTROPY, "policy", "train")
                    .evaluations(PpoFigures.ENTROPY),
            ChartPlan.of(
                            HEALTH,
                            "KL to the reference",
                            "Of an answer, estimated by k1 whatever the method penalises by. Beyond 10 nats a rising score is suspect.")
                    .steps(PpoFigures.KL, "of an answer", "train")
                    .steps(PpoFigures.KL_K2, "by k2, penalised by", "rejected")
                    .steps(PpoFigures.KL_K3, "by k3, penalised by", "rejected")
                    .steps(PpoFigures.UPDATE_KL, "of one update, a token", "chosen")
                    .evaluations(PpoFigures.KL),
            CommonCharts.GENERAL_TEXT,
            ChartPlan.of(
                            HEALTH,
                            "Clipped",
                            "Share of tokens whose ratio left the clip range. Good: a few in a hundred. Bad: above 30 %, where steps are too large.")
                    .steps(PpoFigures.CLIPPED, "policy", "train")
                    .steps(PpoFigures.CLIPPED_LOW, "too unlikely", "rejected")
                    .steps(PpoFigures.CLIPPED_HIGH, "too likely", "chosen")
                    .steps(PpoFigures.VALUE_CLIPPED, "value", "eval"),
            ChartPlan.of(HEALTH, "Policy and value loss", "Value loss should fall; policy loss hovers near 0.")
                    .steps(PpoFigures.POLICY_LOSS, "policy", "train")
                    .steps(PpoFigures.VALUE_LOSS, "value", "eval"),
            ChartPlan.of(
                            HEALTH,
                            "Explained variance",
                            "Of the returns, by the value head; near 1 is good, below 0 useless.")
                    .steps(PpoFigures.EXPLAINED_VARIANCE, "value head", "train"),
            ChartPlan.of(
                            HEALTH,
                            "Answer length",
                            "In tokens. Bad: a steady rise with the score, or all at the limit: the reward may like length.")
                    .steps(PpoFigures.LENGTH, "mean", "train")
                    .steps(PpoFigures.SHORTEST, "least", "rejected")
                    .steps(PpoFigures.LONGEST, "most", "chosen")
                    .evaluations(PpoFigures.LENGTH),
            ChartPlan.of(
                            HEALTH,
                            "Different pairs of tokens",
                            "Share of different pairs of neighbouring tokens among all answers (distinct-2); a fall means that they become alike.")
                    .both(PpoFigures.DISTINCT_PAIRS),
            ChartPlan.of(
                            HEALTH,
                            "Groups without spread",
                            "Share of prompts whose answers all score alike: they teach nothing. Bad: most of them; take other prompts,"
                                    + " more samples or a finer reward.")
                    .steps(PpoFigures.SPREADLESS, "groups", "train"),
            ChartPlan.of(HEALTH, "Answers finished", "Share that ended by themselves.")
                    .steps(PpoFigures.FINISHED, "finished", "train")
                    .evaluations(PpoFigures.FINISHED),
            ChartPlan.of(COST, "Seconds of a step", "Where the time of a step goes.")
                    .steps(PpoFigures.seconds("rollout"), "rollout", "run1")
                    .steps(PpoFigures.seconds("score"), "score", "run2")
                    .steps(PpoFigures.seconds("compare"), "compare", "run3")
                    .steps(PpoFigures.seconds("improve"), "improve", "run4"),
            CommonCharts.SPEED,
            CommonCharts.MEMORY);

    private PpoCharts() {}

    /** The charts of a run with such rewards; of several, each has lines of its own. */
    static List<ChartPlan> of(List<String> rewards) {
        ChartPlan means = MEANS;
        ChartPlan deviations = DEVIATIONS;
        for (int r = 0; rewards.size() > 1 && r < rewards.size(); r++) {
            String name = rewards.get(r);
            String colour = "run" + ((r + 1) % COLOURS + 1);
            means = means.steps(PpoFigures.ofReward(name), name, colour);
            deviations = deviations.steps(PpoFigures.deviationOfReward(name), name, colour);
        }
        List<ChartPlan> all = new ArrayList<>(ALL);
        all.add(2, deviations);
        if (rewards.size() > 1) {
            all.add(2, means);
        }
        return all;
    }
}
