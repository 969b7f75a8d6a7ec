package org.align4j.core.report;

import com.google.common.base.Strings;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.align4j.core.error.RootFormat;
import org.jspecify.annotations.Nullable;

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
        StringBuilder line = new StringBuilder(RootFormat.format(
                "step %s/%d  %3d %%",
                Strings.padStart(Integer.toString(step), width, ' '),
                totalSteps,
                100L * step / Math.max(1, totalSteps)));
        append(line, "  loss %.4f", first(metrics, "loss", "loss/policy"));
        append(line, "  margin %.3f", first(metrics, "rewards/margins", "margin"));
        append(
                line,
                "  accuracy %.2f",
                first(metrics, "rewards/accuracies", "accuracy", "step_accuracy", "mean_token_accuracy"));
        append(line, "  score %.3f", first(metrics, "objective/scores"));
        append(line, "  KL %.3f", first(metrics, "objective/kl"));
        append(line, "  lr %.1e", first(metrics, "learning_rate"));
        append(line, "  %,.0f tok/s", first(metrics, "tokens_per_second"));
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
        append(line, ", loss %.4f", first(metrics, "eval_loss"));
        append(line, ", margin %.3f", first(metrics, "eval_rewards/margins", "eval_margin"));
        append(
                line,
                ", accuracy %.3f",
                first(
                        metrics,
                        "eval_rewards/accuracies",
                        "eval_accuracy",
                        "eval_step_accuracy",
                        "eval_mean_token_accuracy"));
        append(line, ", score %.4f", first(metrics, "eval_objective/scores"));
        append(line, ", KL %.3f", first(metrics, "eval_objective/kl"));
        append(line, ", length %.1f", first(metrics, "eval_responses/length"));
        append(line, ", distinct-2 %.4f", first(metrics, "eval_responses/distinct_2"));
        append(line, ", guard perplexity %.2f", first(metrics, "eval_guard_perplexity"));
        String when = step == 0 ? "evaluation before the first step" : "evaluation after step " + step;
        return line.isEmpty() ? when : when + ": " + line.substring(2);
    }

    private static @Nullable Double first(Map<String, Double> metrics, String... names) {
        return Stream.of(names)
                .map(metrics::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    @FormatMethod
    private static void append(StringBuilder line, @FormatString String words, @Nullable Double value) {
        if (value != null) {
            line.append(RootFormat.format(words, value));
        }
    }

    private static String words(Duration left) {
        long seconds = Math.max(0, left.toSeconds());
        if (seconds < 90) {
            return seconds + " s";
        }
        long minutes = (seconds + 30) / 60;
        return minutes < 120 ? minutes + " min" : RootFormat.format("%.1f h", minutes / 60.0);
    }
}
