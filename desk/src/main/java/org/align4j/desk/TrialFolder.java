package org.align4j.desk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.track.SweepFolder;
import org.jspecify.annotations.Nullable;

/**
 * What a trial left in the sweep's folder: its run in {@code trials/007}, and beside it the options that the run was begun with, what it said, and
 * how it stands. Everything is read from there, so that a sweep that was killed goes on from it.
 *
 * @param folder the sweep's
 */
record TrialFolder(Path folder, Trial trial) {
    static final String TRIALS = SweepFolder.TRIALS;
    private static final int FAILED = 1;
    private static final int REFUSED = 2;

    /** What Java makes of a process that the system killed, as it does where memory ends. */
    private static final int KILLED = 128 + 9;

    /**
     * How a trial stands, beside its run.
     *
     * @param figures that ranked it, by the rung's steps
     * @param memoryFailures how often it ended for want of memory
     * @param failure why it can't go on; null where it can
     */
    record Standing(
            Map<Integer, Double> figures,
            int memoryFailures,
            @Nullable String failure) {
        Standing {
            figures = new TreeMap<>(figures);
        }

        private static final Standing NONE = new Standing(Map.of(), 0, null);

        Standing with(int step, double figure) {
            Map<Integer, Double> more = new LinkedHashMap<>(figures);
            more.put(step, figure);
            return new Standing(more, memoryFailures, null);
        }
    }

    Path path() {
        return folder.resolve(TRIALS).resolve(trial.name());
    }

    Run run() {
        return new Run(path());
    }

    /** Returns a file beside the run. */
    Path beside(String ending) {
        return folder.resolve(TRIALS).resolve(trial.name() + ending);
    }

    boolean isBegun() {
        return Run.isOne(path());
    }

    Standing standing() throws IOException {
        Path file = beside(".json");
        return Files.exists(file) ? Json.read(file, Standing.class) : Standing.NONE;
    }

    void write(Standing standing) throws IOException {
        AtomicFile.write(beside(".json"), Json.document(standing));
    }

    /** Returns the optimizer steps that are done and saved. */
    int step() {
        return isBegun() ? run().result().step() : 0;
    }

    /** Whether the run has all steps up to a rung's, is saved, and needs nothing more for it. */
    boolean isAt(int rung) {
        if (!isBegun()) {
            return false;
        }
        RunResult result = run().result();
        boolean paused = result.status() == Status.STOPPED && rung < trial.steps() && result.step() >= rung;
        return paused || result.status() == Status.DONE;
    }

    /** Keeps the figure by which the trial is ranked at a rung, while its evaluation stands. */
    void keepFigure(int rung, SweepMetric metric) throws IOException {
        Standing standing = standing();
        RunResult result = run().result();
        int step = result.step();
        if (!standing.figures().containsKey(rung) && (step == rung || result.status() == Status.DONE)) {
            OptionalDouble figure = metric.value(run(), step);
            if (figure.isPresent()) {
                write(standing.with(rung, figure.getAsDouble()));
            }
        }
    }

    /** Returns the words of the command line that begin the run, or go on with it. */
    List<String> words(SweepPlan plan) throws IOException {
        if (isBegun()) {
            return List.of("resume", path().toString());
        }
        Path options = beside(".yaml");
        AtomicFile.write(options, plan.yaml(trial).getBytes(StandardCharsets.UTF_8));
        return List.of(plan.command(), "--config", options.toString(), "--out", path().toString());
    }

    /**
     * Keeps how a process of the trial failed.
     *
     * @return whether the trial is to be tried again, alone
     */
    boolean failed(int code) throws IOException {
        JsonNode answer = answer();
        Standing before = standing();
        boolean memory = code == KILLED || answer.path("code").asText("").equals("out-of-memory");
        int failures = before.memoryFailures() + (memory ? 1 : 0);
        boolean again = memory && failures == 1;
        write(new Standing(before.figures(), failures, again ? null : reason(code, answer)));
        return again;
    }

    private String reason(int code, JsonNode answer) {
        String message = answer.path("message").asText("");
        if (!message.isEmpty()) {
            return message;
        }
        if (code == KILLED) {
            return "The system killed its process, as it does where the machine's memory ends.";
        }
        String reason = isBegun() ? run().result().reason() : null;
        boolean told = (code == FAILED || code == REFUSED) && reason != null;
        return told
                ? String.valueOf(reason)
                : "Its process ended with exit code " + code + "; see " + beside(".log") + ".";
    }

    private JsonNode answer() throws IOException {
        Path file = beside(".answer");
        try {
            String text = Files.exists(file) ? Files.readString(file) : "";
            return Json.read(text.isBlank() ? "{}" : text);
        } catch (JsonProcessingException torn) {
            return Json.object(); // it was killed while it answered
        }
    }
}
