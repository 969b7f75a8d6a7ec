package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.report.CsvLine;

/** The figures of a job's steps as the services' result files have them. */
final class ResultCsv {
    private ResultCsv() {}

    static String of(JobRequest asked, MetricHistory metrics) {
        Map<Integer, Map<String, Double>> rows = new TreeMap<>();
        for (Map<String, Double> line : metrics.lines()) {
            int step = line.getOrDefault("step", 0.0).intValue();
            if (step > 0) {
                rows.computeIfAbsent(step, first -> new LinkedHashMap<>()).putAll(line);
            }
        }
        Map<String, String> columns = columns(asked, rows);
        StringBuilder csv = new StringBuilder("step");
        // A column may bear a grader's name, which may hold anything.
        columns.keySet().forEach(name -> csv.append(',').append(CsvLine.cell(name)));
        csv.append('\n');
        rows.forEach((step, row) -> {
            csv.append(step);
            for (String column : columns.values()) {
                Double value = row.get(column);
                csv.append(',').append(value == null || !Double.isFinite(value) ? "" : format("%.5f", value));
            }
            csv.append('\n');
        });
        return csv.toString();
    }

    /** Returns our names of figures by the columns that they fill. */
    private static Map<String, String> columns(JobRequest asked, Map<Integer, Map<String, Double>> rows) {
        if (asked.method() == JobRequest.Method.REINFORCEMENT) {
            return ReinforcementFigures.columns(rows);
        }
        boolean azure = asked.origin().door().equals("azure");
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("train_loss", "loss");
        columns.put(azure ? "train_mean_token_accuracy" : "train_accuracy", "mean_token_accuracy");
        columns.put("valid_loss", "eval_loss");
        columns.put("valid_mean_token_accuracy", "eval_mean_token_accuracy");
        if (azure) {
            columns.put("full_valid_loss", "eval_loss");
            columns.put("full_valid_mean_token_accuracy", "eval_mean_token_accuracy");
        }
        if (asked.method() == JobRequest.Method.DPO) {
            columns.put("reward_accuracy", "rewards/accuracies");
            columns.put("reward_margin", "rewards/margins");
        }
        return columns;
    }
}
