package org.align4j.serve.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.Jobs;

/** What the page draws of a job: how far it is, the figures of its steps, and the memory that was forecast. */
final class JobCurves {
    private static final int MOST_POINTS = 2000;
    /** A drawing of figures that share an axis. */
    private record Curve(String title, List<String> figures) {}

    private static final List<Curve> DRAWN = List.of(
            new Curve("Reward", List.of("objective/scores", "eval_objective/scores")),
            new Curve("Loss", List.of("loss", "eval_loss")),
            new Curve("Margin of the rewards", List.of("rewards/margins", "eval_rewards/margins")),
            new Curve("Accuracy of the rewards", List.of("rewards/accuracies", "eval_rewards/accuracies")),
            new Curve("Accuracy of the tokens", List.of("mean_token_accuracy", "eval_mean_token_accuracy")),
            new Curve("KL from the reference, nats per answer", List.of("objective/kl")),
            new Curve("Length of the answers, tokens", List.of("responses/length")),
            new Curve("Learning rate", List.of("learning_rate")),
            new Curve("Norm of the gradient", List.of("grad_norm")),
            new Curve("Tokens per second", List.of("tokens_per_second")));

    private JobCurves() {}

    static Map<String, Object> of(Jobs jobs, Job job) {
        Run run = jobs.run(job);
        boolean begun = Run.isOne(run.path());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("memory_bytes", jobs.memory(job));
        document.put("free_bytes", MemoryLedger.shared().account().freeBeside(each -> true));
        RunResult result = begun ? run.result() : null;
        MetricHistory history = begun ? run.metrics() : new MetricHistory(List.of());
        document.put("step", result == null ? 0 : Math.max(result.step(), history.lastStep()));
        document.put("total_steps", result == null ? 0 : result.totalSteps());
        document.put("report", begun && run.report().isPresent());
        document.put("door", job.asked().origin().door());
        document.put("curves", curves(history));
        return document;
    }

    /** Returns the drawings that there are figures for: a title, and each figure's steps and values, thinned where there are too many to see. */
    private static List<Map<String, Object>> curves(MetricHistory history) {
        Set<String> names = new TreeSet<>(history.names());
        List<Map<String, Object>> curves = new ArrayList<>();
        for (Curve curve : DRAWN) {
            Map<String, List<List<Double>>> series = new LinkedHashMap<>();
            curve.figures.stream()
                    .filter(names::contains)
                    .forEach(name -> series.put(name, points(history.series(name))));
            if (!series.isEmpty()) {
                curves.add(Map.of("title", curve.title, "series", series));
            }
        }
        return curves;
    }

    private static List<List<Double>> points(MetricHistory.Series series) {
        List<List<Double>> points = new ArrayList<>();
        int stride = Math.max(1, (series.size() + MOST_POINTS - 1) / MOST_POINTS);
        for (int i = 0; i < series.size(); i++) {
            if ((i % stride == 0 || i == series.size() - 1) && Double.isFinite(series.values()[i])) {
                points.add(List.of(series.steps()[i], series.values()[i]));
            }
        }
        return points;
    }
}
