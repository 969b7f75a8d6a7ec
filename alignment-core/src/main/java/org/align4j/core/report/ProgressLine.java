package org.align4j.core.report;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * A training step as one line for stderr, the same width from step to step:
 * {@code step  120/1000  12 %  loss 0.5124  margin 0.83  accuracy 0.81  lr 1.8e-05  2,310 tok/s  4 min left}. Names that
 * a method doesn't have are left out.
 *
 * @param totalSteps how many steps the run has
 */
public record ProgressLine(int totalSteps) {
    /**
     * The line of a step.
     *
     * @param step optimizer steps done
     * @param metrics its figures by their names in {@code metrics.jsonl}
     * @param left time the rest will take
     */
    public String format(int step, Map<String, Double> metrics, Duration left) {
        int width = String.valueOf(totalSteps).length();
        StringBuilder line = new StringBuilder(
                words("step %" + width + "d/%d  %3d %%", step, totalSteps, 100L * step / Math.max(1, totalSteps)));
        append(line, "  loss %.4f", metrics, "loss", "loss/policy");
        append(line, "  margin %.3f", metrics, "rewards/margins", "margin");
        append(
                line,
                "  accuracy %.2f",
                metrics,
                "rewards/accuracies",
                "accuracy",
                "step_accuracy",
                "mean_token_accuracy");
        append(line, "  score %.3f", metrics, "objective/scores");
        append(line, "  KL %.3f", metrics, "objective/kl");
        append(line, "  lr %.1e", metrics, "learning_rate");
        append(line, "  %,.0f tok/s", metrics, "tokens_per_second");
        if (step < totalSteps) {
            line.append("  ").append(words(left)).append(" left");
        }
        return line.toString();
    }

    /**
     * The line of an evaluation: {@code evaluation after step 120: loss 0.5124, margin 0.83, accuracy 0.81}.
     *
     * @param step optimizer steps done, 0 before the first
     * @param metrics its figures, names starting with {@code eval_}
     */
    public String formatEvaluation(int step, Map<String, Double> metrics) {
        StringBuilder line = new StringBuilder();
        append(line, ", loss %.4f", metrics, "eval_loss");
        append(line, ", margin %.3f", metrics, "eval_rewards/margins", "eval_margin");
        append(
                line,
                ", accuracy %.3f",
                metrics,
                "eval_rewards/accuracies",
                "eval_accuracy",
                "eval_step_accuracy",
                "eval_mean_token_accuracy");
        append(line, ", score %.4f", metrics, "eval_objective/scores");
        append(line, ", KL %.3f", metrics, "eval_objective/kl");
        append(line, ", length %.1f", metrics, "eval_responses/length");
        append(line, ", distinct-2 %.4f", metrics, "eval_responses/distinct_2");
        append(line, ", guard perplexity %.2f", metrics, "eval_guard_perplexity");
        String when = step == 0 ? "evaluation before the first step" : "evaluation after step " + step;
        return line.isEmpty() ? when : when + ": " + line.substring(2);
    }

    private static void append(StringBuilder line, String format, Map<String, Double> metrics, String... names) {
        for (String name : names) {
            Double value = metrics.get(name);
            if (value != null) {
                line.append(words(format, value));
                return;
            }
        }
    }

    private static String words(Duration left) {
        long seconds = Math.max(0, left.toSeconds());
        if (seconds < 90) {
            return seconds + " s";
        }
        long minutes = (seconds + 30) / 60;
        return minutes < 120 ? minutes + " min" : words("%.1f h", minutes / 60.0);
    }

    private static String words(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
