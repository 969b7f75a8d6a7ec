package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.run.TrackTargets;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.track.Subject.State;
import org.jspecify.annotations.Nullable;

/** A sweep's folder as trackers see it: what was planned, how it stands, and the runs of its trials. */
public record SweepFolder(Path path) {
    /** The file of what a sweep runs, whose presence makes a folder a sweep's. */
    public static final String PLAN = "plan.json";

    /** The folder of the trials' runs. */
    public static final String TRIALS = "trials";

    private static final List<String> FILES =
            List.of(PLAN, "sweep.json", "sweep.csv", "sweep.tex", "sweep.html", "optuna-journal.log");

    /** Whether a folder is that of a sweep. */
    static boolean isOne(Path folder) {
        return Files.isRegularFile(folder.resolve(PLAN));
    }

    /** Returns the sweep of which a folder is a trial's run; null where it is none. */
    static @Nullable Path above(Path run) {
        Path trials = run.toAbsolutePath().normalize().getParent();
        Path sweep = trials == null || !trials.endsWith(TRIALS) ? null : trials.getParent();
        return sweep != null && isOne(sweep) ? sweep : null;
    }

    /** Returns a folder, and where it is a sweep's, the runs of its trials behind it. */
    static List<Path> all(Path folder) throws IOException {
        List<Path> all = new ArrayList<>(List.of(folder));
        if (!Run.isOne(folder)) {
            new SweepFolder(folder).runs().forEach(run -> all.add(run.path()));
        }
        return all;
    }

    /**
     * Sends what servers lack of a sweep and its trials, where its trials are tracked there.
     *
     * @param log hears what could not be sent, which stops nothing
     */
    public void send(TrainingLog log) throws IOException {
        List<Run> runs = runs();
        List<String> targets =
                runs.isEmpty() ? List.of() : TrackTargets.of(runs.get(0)).of(MlflowTarget.WORD);
        for (String text : targets) {
            MlflowTarget target = MlflowTarget.parse(text);
            try {
                for (Path each : all(path)) {
                    new TrackedFolder(each, target, MlflowSink.CALL, MlflowSink.AT_END).send();
                }
            } catch (IOException failed) {
                log.note(format(
                        "%s lacks part of the sweep: %s. Send what is missing: align track %s --to %s",
                        target.server(), FileFailure.told(failed), path, target.text()));
            }
        }
    }

    /** Returns the runs of the trials that have begun, in their order. */
    List<Run> runs() throws IOException {
        Path trials = path.resolve(TRIALS);
        if (!Files.isDirectory(trials)) {
            return List.of();
        }
        try (Stream<Path> inside = Files.list(trials)) {
            return inside.filter(Run::isOne).sorted().map(Run::new).toList();
        }
    }

    /** Reads the sweep as it stands. */
    Subject subject() throws IOException {
        JsonNode plan = Json.read(path.resolve(PLAN));
        Path document = path.resolve("sweep.json");
        JsonNode outcome = Files.exists(document) ? Json.read(document) : Json.object();
        boolean ended = outcome.has("groups");
        Map<String, Object> params = new LinkedHashMap<>();
        for (String name : List.of("command", "search", "metric")) {
            params.put(name, plan.path(name).asText(""));
        }
        plan.path("base").properties().forEach(option -> params.put(option.getKey(), option.getValue()));
        plan.path("swept")
                .forEach(option -> params.put("set." + option.path("key").asText(), values(option)));
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.source.name", "align sweep " + plan.path("command").asText());
        if (ended) {
            tags.put(
                    "align4j.winner",
                    outcome.path("winner").isNull()
                            ? "none"
                            : outcome.path("winner").toString());
        }
        Path folder = path.toAbsolutePath().normalize();
        return new Subject(
                folder,
                null,
                String.valueOf(folder.getFileName()),
                Subject.params(params),
                tags,
                ended ? Subject.files(folder, FILES) : Map.of(),
                ended ? State.FINISHED : State.RUNNING);
    }

    /** Returns the values that an option has, or its range. */
    private static String values(JsonNode option) {
        JsonNode range = option.path("range");
        if (range.isObject()) {
            return range.path("low").asText() + "~" + range.path("high").asText();
        }
        List<String> texts = new ArrayList<>();
        option.path("values").forEach(value -> texts.add(value.isTextual() ? value.asText() : value.toString()));
        return String.join(",", texts);
    }
}
