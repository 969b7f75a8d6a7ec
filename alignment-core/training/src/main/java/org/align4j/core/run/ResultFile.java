package org.align4j.core.run;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.RunResult.Status;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the {@code result.json} of a run. Where it is missing, empty or damaged, it is reported again by what else the run
 * left: metrics, checkpoints, warnings and, of a run that came to its end, adapter or model.
 */
public final class ResultFile {
    static final String NAME = "result.json";

    private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

    private static final ObjectMapper LENIENT =
            Json.MAPPER.copy().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private ResultFile() {}

    /** Returns result.json, or the same document made from the run where the file is missing. */
    public static Map<String, Object> document(Path run) throws IOException {
        Map<String, Object> document = whole(run);
        return document == null ? rebuilt(run) : document;
    }

    /** Writes a damaged file again, unless a process works on the run or nothing can be written there. */
    public static void repair(Path run) throws IOException {
        if (isDamaged(run)) {
            try {
                RunDirectory.open(run).close();
            } catch (InputException heldOrReadOnly) {
                // Who reads it now has it rebuilt in memory.
            }
        }
    }

    /** Reads the state of a run, as its result.json says or as is rebuilt. */
    static RunResult read(Path run) throws IOException {
        return result(document(run));
    }

    /** Whether there is a file that can't be read. */
    static boolean isDamaged(Path run) throws IOException {
        return Files.isRegularFile(run.resolve(NAME)) && whole(run) == null;
    }

    /** Reads result.json; null where it is missing or damaged. */
    private static @Nullable Map<String, Object> whole(Path run) throws IOException {
        Path file = run.resolve(NAME);
        try {
            Map<String, Object> document = Files.exists(file) ? Json.MAPPER.readValue(file.toFile(), MAP) : null;
            boolean whole = document != null
                    && document.get("status") != null
                    && document.get("step") instanceof Integer
                    && result(document).step() >= 0;
            return whole ? document : null;
        } catch (JacksonException | CharConversionException | IllegalArgumentException damaged) {
            return null;
        }
    }

    /** What an earlier version left out is empty, what a newer one adds is passed over. */
    private static RunResult result(Map<String, Object> document) {
        Map<String, Object> complete =
                new LinkedHashMap<>(Map.of("total_steps", 0, "metrics", Map.of(), "warnings", List.of()));
        complete.putAll(document);
        return LENIENT.convertValue(complete, RunResult.class);
    }

    private static Map<String, Object> rebuilt(Path run) throws IOException {
        boolean done = Files.isDirectory(run.resolve("adapter")) || Files.isDirectory(run.resolve("model"));
        StepMetrics last = StepMetrics.EMPTY;
        for (StepMetrics line : MetricsFile.read(run.resolve("metrics.jsonl"))) {
            last = last.with(line);
        }
        RunState state = new Checkpoints(RunPlace.of(run), RunBinding.of(Map.of())).newestState();
        int step = (int) last.get("step").orElse(state.step());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("status", done ? Status.DONE : Status.RUNNING);
        result.put("step", step);
        result.put("total_steps", done ? step : 0);
        result.put("metrics", last);
        result.put("reason", null);
        result.put("best", state.best());
        result.put("warnings", warnings(run));
        return Json.MAPPER.convertValue(result, MAP);
    }

    private static List<String> warnings(Path run) throws IOException {
        Path file = run.resolve("warnings.json");
        List<String> texts = new ArrayList<>();
        if (Files.isRegularFile(file)) {
            try {
                Json.MAPPER
                        .readTree(Files.readAllBytes(file))
                        .forEach(warning -> texts.add(warning.path("seen").asText() + " "
                                + warning.path("advice").asText()));
            } catch (JacksonException | CharConversionException damaged) {
                // A resumed run finds its warnings anew.
            }
        }
        return texts;
    }
}
