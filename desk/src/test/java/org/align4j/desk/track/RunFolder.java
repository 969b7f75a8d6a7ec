package org.align4j.desk.track;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.StepMetrics;

/** Writes a folder as a run leaves it, without a training. */
record RunFolder(Path path) {
    private static final Instant BEGUN = Instant.parse("2026-01-15T12:00:00Z");

    static RunFolder at(Path path, int params) throws IOException {
        Files.createDirectories(path.resolve("adapter"));
        StringBuilder config = new StringBuilder("out: " + path + "\nlearning-rate: 0.001\nepochs: 1.0\n");
        for (int i = 0; i < params; i++) {
            config.append("option-").append(i).append(": ").append(i).append('\n');
        }
        Files.writeString(path.resolve("config.yaml"), config.toString());
        Files.writeString(
                path.resolve("manifest.json"),
                "{\"command\": \"dpo\", \"run_id\": \"run-of-" + path.getFileName() + "\"}");
        Files.writeString(path.resolve("adapter/adapter_config.json"), "{}");
        Files.writeString(path.resolve("report.html"), "<p>page</p>");
        RunFolder folder = new RunFolder(path);
        folder.stands("running");
        return folder;
    }

    void stands(String status) throws IOException {
        Files.writeString(
                path.resolve("result.json"),
                "{\"status\": \"" + status
                        + "\", \"step\": 3, \"total_steps\": 3, \"metrics\": {}, \"reason\": null, \"best\": null, \"warnings\": [], \"verdict\": \"unclear\", \"evidence\": []}");
    }

    /** Takes steps of a number of figures, the last of which is not finite, and goes on from a step where it isn't the first. */
    RunFolder steps(int from, int to, int figures, double shift) {
        try (EventsFile events = EventsFile.open(path)) {
            events.append(BEGUN, from - 1, new RunEvent.Started(from - 1, to));
            for (int step = from; step <= to; step++) {
                Map<String, Double> values = new LinkedHashMap<>();
                values.put("step", (double) step);
                for (int i = 1; i < figures; i++) {
                    values.put("figure/" + i, step + i / 7.0 + shift);
                }
                values.put("grad_norm", Double.NaN);
                values.put("seconds", Math.random());
                events.append(BEGUN.plusSeconds(step), step, new RunEvent.Step(step, to, new StepMetrics(values)));
            }
        }
        return this;
    }

    RunFolder evaluated(int step, double loss) {
        try (EventsFile events = EventsFile.open(path)) {
            StepMetrics line = StepMetrics.EMPTY.with("step", step).with("eval_loss", loss);
            events.append(BEGUN.plusSeconds(step), step, new RunEvent.Evaluated(step, step, line));
        }
        return this;
    }
}
