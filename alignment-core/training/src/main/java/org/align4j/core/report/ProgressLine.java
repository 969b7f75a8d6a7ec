package org.align4j.core.report;

import com.google.common.base.Strings;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.error.RootFormat;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;
import org.align4j.core.figure.MethodFigures;
import org.jspecify.annotations.Nullable;

/**
 * A training step as one line for stderr, the same width from step to step:
 * {@code step  120/1000  12 %  loss 0.5124  margin 0.83  accuracy 0.81  lr 1.8e-05  2,310 tok/s  4 min left}. Names that
 * a method doesn't have are left out.
 *
 * @param totalSteps how many steps the run has
 * @param figures those of its method
 */
public record ProgressLine(int totalSteps, MethodFigures figures) {
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
        append(line, "  loss %.4f", metrics.get(LoopFigures.LOSS.name()));
        append(line, "  margin %.3f", step(metrics, Meaning.MARGIN));
        append(line, "  accuracy %.2f", step(metrics, Meaning.ACCURACY, Meaning.HITS));
        append(line, "  score %.3f", step(metrics, Meaning.SCORE));
        append(line, "  KL %.3f", step(metrics, Meaning.DIVERGENCE));
        append(line, "  lr %.1e", metrics.get(LoopFigures.LEARNING_RATE.name()));
        append(line, "  %,.0f tok/s", metrics.get(LoopFigures.TOKENS_PER_SECOND.name()));
        line.append(cluster(metrics));
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
        append(line, ", loss %.4f", metrics.get(LoopFigures.LOSS.evaluationName()));
        append(line, ", margin %.3f", evaluation(metrics, Meaning.MARGIN));
        append(line, ", accuracy %.3f", evaluation(metrics, Meaning.ACCURACY, Meaning.HITS));
        append(line, ", score %.4f", evaluation(metrics, Meaning.SCORE));
        append(line, ", KL %.3f", evaluation(metrics, Meaning.DIVERGENCE));
        append(line, ", length %.1f", evaluation(metrics, Meaning.LENGTH));
        append(line, ", distinct-2 %.4f", evaluation(metrics, Meaning.DIVERSITY));
        append(line, ", guard perplexity %.2f", metrics.get(LoopFigures.GUARD_PERPLEXITY.evaluationName()));
        for (GuardTaskFigures task : GuardTaskFigures.among(metrics.keySet())) {
            Double value = metrics.get(Figure.EVALUATION + task.value());
            line.append(value == null ? "" : RootFormat.format(", %s %.3f", task.task(), value));
        }
        String when = step == 0 ? "evaluation before the first step" : "evaluation after step " + step;
        return line.isEmpty() ? when : when + ": " + line.substring(2);
    }

    /** Seconds of a step's phases on a cluster, and how much of its time was idle; empty where this machine took the forwards. */
    private static String cluster(Map<String, Double> metrics) {
        Double forwards = metrics.get(LoopFigures.SECONDS_FORWARDS.name());
        if (forwards == null) {
            return "";
        }
        double broadcast = metrics.getOrDefault(LoopFigures.SECONDS_BROADCAST.name(), 0.0);
        double reduce = metrics.getOrDefault(LoopFigures.SECONDS_REDUCE.name(), 0.0);
        double driver = metrics.getOrDefault("seconds", 0.0) - broadcast - forwards - reduce;
        return RootFormat.format(
                "  broadcast %.2f + forwards %.2f (%.0f %% idle) + reduce %.2f + driver %.2f s",
                broadcast,
                forwards,
                forwards > 0 ? 100 * metrics.getOrDefault(LoopFigures.SECONDS_IDLE.name(), 0.0) / forwards : 0,
                reduce,
                Math.max(0, driver));
    }

    private @Nullable Double step(Map<String, Double> metrics, Meaning... meanings) {
        return first(metrics, Figure::name, meanings);
    }

    private @Nullable Double evaluation(Map<String, Double> metrics, Meaning... meanings) {
        return first(metrics, Figure::evaluationName, meanings);
    }

    private @Nullable Double first(Map<String, Double> metrics, Function<Figure, String> name, Meaning... meanings) {
        return Stream.of(meanings)
                .flatMap(meaning -> figures.meaning(meaning).stream())
                .map(name)
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
