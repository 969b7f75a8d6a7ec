package org.align4j.desk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.report.CsvLine;
import org.align4j.core.run.Run;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.SweepRecord.TrialStatus;

/**
 * The trials of a sweep as comma-separated values (RFC 4180): a line per trial, a column for each option that varies, for the figure
 * that ranks trials at each step, for each measure of the held-out rows and for each last figure of the runs. What a trial doesn't have, or is no finite number, is empty.
 *
 * @param folder the sweep's
 */
record SweepTable(Path folder, SweepPlan plan) {
    String csv(Map<Trial, TrialStatus> statuses) throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
            rows.add(row(entry.getKey(), entry.getValue()));
        }
        Set<String> columns = new LinkedHashSet<>();
        rows.forEach(row -> columns.addAll(row.keySet()));
        StringBuilder text = new StringBuilder();
        append(text, columns);
        rows.forEach(row -> append(
                text,
                columns.stream().map(column -> row.getOrDefault(column, "")).toList()));
        return text.toString();
    }

    private Map<String, String> row(Trial trial, TrialStatus status) throws IOException {
        TrialFolder place = new TrialFolder(folder, trial);
        Map<String, String> row = new LinkedHashMap<>();
        row.put("trial", Integer.toString(trial.id()));
        row.put("setting", Integer.toString(trial.setting()));
        row.put("status", status.word());
        row.put("run", TrialFolder.TRIALS + "/" + trial.name());
        trial.options().forEach((name, value) -> row.put("option." + name, SweepPlan.text(value)));
        row.put("step", Integer.toString(place.step()));
        if (place.isBegun()) {
            Run run = place.run();
            String ranking = plan.figure().figure(run);
            place.standing()
                    .figures()
                    .forEach((step, figure) -> row.put(ranking + "_at_step_" + step, Double.toString(figure)));
            SweepMetric.means(run).forEach((measure, mean) -> row.put("held_out." + measure, Double.toString(mean)));
            row.put(
                    "verdict",
                    String.valueOf(
                            run.result().verdict() == null
                                    ? ""
                                    : run.result().verdict().word()));
            run.result().metrics().values().forEach((name, value) -> {
                if (Double.isFinite(value)) {
                    row.put(name, Double.toString(value));
                }
            });
        }
        return row;
    }

    private static void append(StringBuilder text, Collection<String> cells) {
        text.append(CsvLine.of(cells));
    }
}
