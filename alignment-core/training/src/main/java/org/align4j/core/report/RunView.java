package org.align4j.core.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.VisibleText;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.Warning;
import org.align4j.core.page.Details;
import org.align4j.core.report.ReportFiles.RowsReport;
import org.align4j.core.report.method.MethodReport;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.core.run.Run;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.verdict.Evidence;

/**
 * Everything a run directory says so far; what isn't written yet is empty.
 *
 * @param path the directory
 * @param documents the documents of a run's directory
 * @param metrics the lines of {@code metrics.jsonl}
 * @param reported what a run reports beside its metrics
 * @param method how its figures are read
 * @param own the parts of its page that only its method has
 * @param evidence what its verdict rests on
 */
record RunView(
        Path path,
        Documents documents,
        MetricHistory metrics,
        Reported reported,
        MethodReport method,
        OwnSections own,
        Evidence evidence) {
    /**
     * The documents of a run's directory.
     *
     * @param config every option as settled
     * @param manifest versions, device, hashes
     * @param result status, step, reason
     */
    record Documents(Map<String, Object> config, Map<String, Object> manifest, Map<String, Object> result) {}

    /**
     * What a run reports beside its metrics.
     *
     * @param warnings in words
     * @param samples answers before and after
     * @param rows what was read, used and dropped
     * @param guardTasks at the first evaluation and the newest, item by item
     * @param accounts what it took to have a cluster take forwards
     * @param screening what was found in the rows before the first step
     */
    record Reported(
            List<Warning> warnings,
            List<Sample> samples,
            Optional<RowsReport> rows,
            List<GuardedTask> guardTasks,
            List<ClusterAccount> accounts,
            Screening screening) {}

    static RunView read(Path directory) throws IOException {
        Run run = Run.open(directory);
        MetricHistory metrics = run.metrics();
        Map<String, Object> options = run.options();
        Map<String, Object> manifest = run.manifest();
        MethodReport method = MethodReports.of(command(manifest, options)).of(directory, options);
        ReportFiles files = new ReportFiles(directory);
        return new RunView(
                directory.toAbsolutePath().normalize(),
                new Documents(options, manifest, run.resultDocument()),
                metrics,
                new Reported(
                        files.warnings(),
                        files.samples(),
                        files.rows(),
                        files.guardTasks(),
                        files.accounts(),
                        files.screening()),
                method,
                method.sections(directory, metrics),
                files.evidence(method, metrics));
    }

    /** Returns this view with other lines of metrics. */
    RunView withMetrics(MetricHistory other) {
        return new RunView(path, documents, other, reported, method, own, evidence);
    }

    static List<RunView> read(List<Path> directories) throws IOException {
        List<RunView> views = new ArrayList<>();
        for (Path directory : directories) {
            views.add(read(directory));
        }
        return views;
    }

    /** The folder's name, by which people call the run. */
    String name() {
        Path name = path.getFileName();
        return VisibleText.of(name == null ? path.toString() : name.toString());
    }

    /** The command that trained; empty where the run doesn't say. */
    String command() {
        return command(documents.manifest(), documents.config());
    }

    private static String command(Map<String, Object> manifest, Map<String, Object> config) {
        return String.valueOf(manifest.getOrDefault("command", config.getOrDefault("command", "")));
    }

    String status() {
        return String.valueOf(documents.result().getOrDefault("status", "running"));
    }

    /** Steps done; a run that says nothing of it stands where its metrics end. */
    int step() {
        return documents.result().get("step") instanceof Number step ? step.intValue() : metrics.lastStep();
    }

    /** Steps the run is to have, 0 when it doesn't say. */
    int totalSteps() {
        return documents.result().get("total_steps") instanceof Number steps ? steps.intValue() : 0;
    }

    /** Returns why the run ended, empty where that is plain. */
    String reason() {
        return documents.result().get("reason") instanceof String reason ? reason : "";
    }

    /** How many evaluation rows there are, 0 when unknown. */
    int evaluationRows() {
        return (int) reported.rows()
                .flatMap(report -> report.set("eval"))
                .map(RowsReport.RowSet::used)
                .orElse(0L)
                .longValue();
    }

    /** An option as text, empty when the run has no such option. */
    String option(String name) {
        Object value = documents.config().get(name);
        if (value == null) {
            value = documents.config().get(name.replace('-', '_'));
        }
        return value == null ? "" : Details.text(value);
    }
}
