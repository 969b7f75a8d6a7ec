package org.align4j.desk.track;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.jspecify.annotations.Nullable;

/**
 * What trackers are sent about a folder besides figures: of a run, or of a sweep of runs.
 *
 * @param folder of the run or sweep
 * @param id no other folder has it; null where the folder gets one when it is first sent
 * @param name as people read it
 * @param params the options, by their names
 * @param tags what else is known
 * @param files to be sent now, by their names there; none while it is at work
 * @param state how it stands
 */
record Subject(
        Path folder,
        @Nullable String id,
        String name,
        Map<String, String> params,
        Map<String, String> tags,
        Map<String, Path> files,
        State state) {
    private static final List<String> RUN_FILES =
            List.of("config.yaml", "manifest.json", "result.json", "metrics.jsonl", "evaluation.json", "report.html");
    private static final List<String> PRODUCTS = List.of("adapter", "model");

    Subject {
        params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /** How the folder stands, in MLflow's words. */
    enum State {
        /** The folder is at work, or was killed without a word. */
        RUNNING,
        /** The folder is at its end. */
        FINISHED,
        /** The run could not go on. */
        FAILED,
        /** The run was stopped, and can be resumed. */
        KILLED
    }

    /** Reads a run as it stands. */
    static Subject of(Run run) throws IOException {
        RunResult result = run.result();
        Map<String, Object> manifest = run.manifest();
        State state = switch (result.status()) {
            case RUNNING -> State.RUNNING;
            case DONE -> State.FINISHED;
            case FAILED -> State.FAILED;
            case STOPPED -> State.KILLED;
        };
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.source.name", "align " + manifest.getOrDefault("command", ""));
        tags.put("align4j.version", String.valueOf(manifest.getOrDefault("align4j", "")));
        if (manifest.get("hashes") instanceof Map<?, ?> hashes) {
            hashes.forEach((name, hash) -> tags.put("align4j.hashes." + name, text(hash)));
        }
        if (state != State.RUNNING) {
            tags.put("align4j.status", result.status().name().toLowerCase(Locale.ROOT));
            tags.put("align4j.reason", result.reason() == null ? "" : result.reason());
            tags.put("align4j.verdict", String.valueOf(result.verdict()).toLowerCase(Locale.ROOT));
            tags.put("align4j.warnings", String.join("\n", result.warnings()));
        }
        Path folder = run.path().toAbsolutePath().normalize();
        return new Subject(
                folder,
                manifest.get("run_id") instanceof String id ? id : null,
                name(folder),
                params(run.options()),
                tags,
                state == State.RUNNING ? Map.of() : files(folder, RUN_FILES),
                state);
    }

    /** A trial's name has the sweep's before it. */
    static String name(Path folder) {
        Path sweep = SweepFolder.above(folder);
        return sweep == null ? String.valueOf(folder.getFileName()) : sweep.getFileName() + "/" + folder.getFileName();
    }

    /** Returns options as text; what isn't set is left out. */
    static Map<String, String> params(Map<String, ?> options) {
        Map<String, String> params = new LinkedHashMap<>();
        options.forEach((name, value) -> {
            String text = value == null ? "" : text(value);
            if (!text.isEmpty()) {
                params.put(name, AddressSecrets.removed(text));
            }
        });
        return params;
    }

    private static String text(Object value) {
        return value instanceof String text ? text : Json.text(value);
    }

    /** Returns those files of a folder that are there, and all of the folders that a run leaves. */
    static Map<String, Path> files(Path folder, List<String> names) throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String name : names) {
            if (Files.isRegularFile(folder.resolve(name))) {
                files.put(name, folder.resolve(name));
            }
        }
        for (String product : PRODUCTS) {
            if (Files.isDirectory(folder.resolve(product))) {
                try (Stream<Path> inside = Files.walk(folder.resolve(product))) {
                    List<Path> all = new ArrayList<>(
                            inside.filter(Files::isRegularFile).sorted().toList());
                    all.forEach(
                            file -> files.put(folder.relativize(file).toString().replace('\\', '/'), file));
                }
            }
        }
        return files;
    }
}
