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
    private static final List<String> DRAWN = List.of(
            "loss",
            "eval_loss",
            "rewards/margins",
            "eval_rewards/margins",
            "rewards/accuracies",
            "eval_rewards/accuracies",
            "mean_token_accuracy",
            "eval_mean_token_accuracy",
            "learning_rate",
            "grad_norm",
            "tokens_per_second");

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
        document.put("series", series(history));
        return document;
    }

    /** Returns each figure's steps and values, thinned where there are more than a screen shows. */
    private static Map<String, List<List<Double>>> series(MetricHistory history) {
        Map<String, List<List<Double>>> all = new LinkedHashMap<>();
        Set<String> names = new TreeSet<>(history.names());
        for (String name : DRAWN) {
            if (names.contains(name)) {
                all.put(name, points(history.series(name)));
            }
        }
        return all;
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
