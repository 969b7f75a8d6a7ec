package org.align4j.dpo;

import static org.align4j.core.report.method.ChartPlan.Question.HEALTH;
import static org.align4j.core.report.method.ChartPlan.Question.LEARNING;

import java.util.List;
import org.align4j.core.report.method.ChartPlan;
import org.align4j.core.report.method.ChartPlan.CommonCharts;
import org.align4j.dpo.loss.Trait;

/**
 * The charts of runs of {@code align dpo}. One name in {@code metrics.jsonl} means different things under different losses, and so
 * their captions do.
 *
 * @param report how the run is read
 */
record DpoCharts(DpoReport report) {
    private static final ChartPlan MARGIN = ChartPlan.of(
                    LEARNING,
                    "Margin",
                    "Reward of the chosen answer less that of the rejected one. Good: rising from 0 on held-out rows too. Bad: rising in training alone.")
            .both(DpoFigures.MARGIN);

    private static final ChartPlan REWARDS = ChartPlan.of(
                    LEARNING,
                    "Rewards",
                    "β times the log-ratio to the reference. Good: chosen above rejected. Both may fall, as the loss asks for a gap alone; chosen far below 0 is bad.")
            .steps(DpoFigures.CHOSEN_REWARD, "chosen", "chosen")
            .steps(DpoFigures.REJECTED_REWARD, "rejected", "rejected");

    private static final ChartPlan LOG_PROBABILITIES = ChartPlan.of(
                    LEARNING,
                    "Log-probabilities",
                    "Summed over the answer's tokens, in nats; batches differ, so evaluation says more. Both often fall: the two answers share tokens, and"
                            + " the gap is all that counts. Bad: chosen falling by much.")
            .steps(DpoFigures.CHOSEN_LOG_PROB, "chosen", "chosen")
            .steps(DpoFigures.REJECTED_LOG_PROB, "rejected", "rejected")
            .evaluations(DpoFigures.CHOSEN_LOG_PROB, "chosen, evaluation", "chosen-eval")
            .evaluations(DpoFigures.REJECTED_LOG_PROB, "rejected, evaluation", "rejected-eval");

    private static final ChartPlan BASELINE = ChartPlan.of(
                    HEALTH, "KL to the reference", "How far the model has moved.")
            .steps(DpoFigures.BASELINE)
            .readAs(
                    "KTO's z",
                    "KTO's z: the mean log-ratio of answers to other rows' prompts, at least 0. A baseline of the loss, no divergence.");

    List<ChartPlan> all() {
        return List.of(
                loss(),
                pairsWon(),
                report.isUnpaired()
                        ? MARGIN.noted("Mean reward of the desirable answers less that of the undesirable ones.")
                        : MARGIN,
                rewards(),
                LOG_PROBABILITIES,
                CommonCharts.GRADIENT_NORM,
                CommonCharts.LEARNING_RATE,
                CommonCharts.ENTROPY.noted(
                        "Per token of the data's answers; a collapse towards 0 means the model repeats itself."),
                BASELINE,
                CommonCharts.GENERAL_TEXT,
                CommonCharts.SPEED,
                CommonCharts.MEMORY);
    }

    private ChartPlan loss() {
        ChartPlan loss = CommonCharts.LOSS;
        int colour = 2;
        for (String part : report.parts()) {
            loss = loss.steps(DpoFigures.part(part), part, "run" + (colour++ % 6 + 1));
        }
        if (report.startsAtLn2()) {
            loss = loss.marked(Math.log(2), "ln 2: as the reference");
        }
        return report.has(Trait.PENALISES_FALL)
                ? loss.noted(
                        "It holds a penalty on chosen answers that are less likely than under the reference, so that it may rise while"
                                + " the pairs are learned: that isn't overfitting.")
                : loss;
    }

    private ChartPlan pairsWon() {
        ChartPlan won = ChartPlan.of(
                        LEARNING,
                        "Pairs won",
                        "Share of pairs whose chosen answer gets the higher reward; ties count as wrong. The band is the 95 % interval.")
                .both(DpoFigures.ACCURACY)
                .evaluations(DpoFigures.LIKELIER, "chosen likelier", "chosen");
        return report.hasReference()
                ? won.noted(
                        "Share of pairs whose chosen answer gets the higher reward, however small the difference; ties count as wrong. The"
                                + " band is the 95 % interval.")
                : won;
    }

    private ChartPlan rewards() {
        return report.hasReference()
                ? REWARDS
                : REWARDS.noted(
                        "The loss's own measure of an answer: β times its log-probability, for simpo, orpo and alphapo a token's mean."
                                + " There is no reference. Both falling means both answers become unlikely.");
    }
}
