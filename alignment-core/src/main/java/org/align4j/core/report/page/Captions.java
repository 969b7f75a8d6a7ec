package org.align4j.core.report.page;

import java.util.Map;
import org.align4j.core.eval.MethodFacts;

/**
 * How a chart is read, by the method that made its figures: one name in {@code metrics.jsonl} means different things under different
 * losses.
 *
 * @param method of the run
 * @param steps whether single steps are scored, not answers
 */
record Captions(MethodFacts method, boolean steps) {
    private static final Map<String, String> SAMPLING = Map.of(
            "Loss",
            "Policy loss and weighted value loss. It needn't fall: every step has answers of its own. Look at the score.",
            "Entropy",
            "Per token of the policy's own answers; a collapse towards 0 means that they become alike.",
            "KL to the reference",
            "Of an answer, estimated by k1 whatever the method penalises by. Beyond 10 nats a rising score is suspect.",
            "Gradient norm",
            "Mean over a step's updates, before clipping. A steady rise is trouble.");

    private static final Map<String, String> REWARD = Map.of(
            "Pairs won",
            "Share of pairs whose chosen answer gets the higher score; ties count wrong. The band is the 95 % interval.",
            "Margin",
            "Score of the chosen answer less that of the rejected one.",
            "Rewards",
            "Scores of the answers; only differences between them mean something.");

    private static final Map<String, String> UNPAIRED = Map.of(
            "Margin",
            "Mean reward of the desirable answers less that of the undesirable ones.",
            "KL to the reference",
            "KTO's z: the mean log-ratio of answers to other rows' prompts, at least 0. A baseline of the loss, no divergence.");

    private static final Map<String, String> WITHOUT_REFERENCE = Map.of(
            "Rewards",
            "The loss's own measure of an answer: β times its log-probability, for simpo, orpo and alphapo a token's mean. There is"
                    + " no reference. Both falling means both answers become unlikely.",
            "Entropy",
            "Per token of the data's answers; a collapse towards 0 means the model repeats itself.");

    private static final Map<String, String> PREFERENCES = Map.of(
            "Pairs won",
            "Share of pairs whose chosen answer gets the higher reward, however small the difference; ties count wrong. The band is the"
                    + " 95 % interval.",
            "Entropy",
            "Per token of the data's answers; a collapse towards 0 means the model repeats itself.");

    private static final Map<String, String> TEXTS =
            Map.of("Entropy", "Per token of the data's texts; it falls as they become predictable.");

    private static final String PENALTY =
            "It holds a penalty on chosen answers that are less likely than under the reference, so that it may rise while the pairs"
                    + " are learned: that isn't overfitting.";

    private static final String PROBABILITIES = "How likely the steps are right.";

    /** What stands under a chart. */
    String note(ChartPlan plan) {
        String title = plan.title();
        if (method.penalisesFall() && title.equals("Loss")) {
            return PENALTY;
        }
        if (steps && title.equals("Rewards")) {
            return PROBABILITIES;
        }
        if (method.isUnpaired() && UNPAIRED.containsKey(title)) {
            return UNPAIRED.getOrDefault(title, "");
        }
        return notes().getOrDefault(title, plan.note());
    }

    /** What stands above it. */
    String title(ChartPlan plan) {
        if (method.isReward() && plan.title().equals("Rewards")) {
            return steps ? "Steps' probabilities" : "Scores";
        }
        return method.isKto() && plan.title().equals("KL to the reference") ? "KTO's z" : plan.title();
    }

    /** What a row of the table is called. */
    String label(String metric, String usual) {
        return metric.equals("eval_rewards/accuracies") && !method.hasReference()
                ? "Pairs whose chosen answer gets the higher reward"
                : usual;
    }

    private Map<String, String> notes() {
        if (method.isSampling()) {
            return SAMPLING;
        }
        if (method.isReward()) {
            return REWARD;
        }
        if (!method.isPreference()) {
            return TEXTS;
        }
        return method.hasReference() ? PREFERENCES : WITHOUT_REFERENCE;
    }
}
