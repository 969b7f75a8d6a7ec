package org.align4j.desk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.SweepRecord.TrialStatus;
import org.align4j.desk.TrialFolder.Standing;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a sweep as Optuna 5 keeps a study in a journal file, so that its tools show the sweep and its samplers go on with it. Lines are only ever
 * added: each time, what the file has of a trial is read, and what is missing is added under the lock that Optuna's own writers take. What others
 * added stays.
 *
 * @param file the journal
 */
record OptunaJournal(Path file, SweepPlan plan) {
    static final String FILE = "optuna-journal.log";
    private static final String STUDY = "sweep";
    private static final String WORKER = "align";
    private static final String TRIAL = "align4j:trial";

    private static final int CREATE_STUDY = 0;
    private static final int STUDY_ATTRIBUTE = 2;
    private static final int CREATE_TRIAL = 4;
    private static final int SET_PARAMETER = 5;
    private static final int SET_STATE = 6;
    private static final int INTERMEDIATE = 7;
    private static final int TRIAL_ATTRIBUTE = 8;

    private static final int COMPLETE = 1;
    private static final int PRUNED = 2;
    private static final int FAIL = 3;

    /** How long a lock may stand unchanged before it counts as left behind, as Optuna has it. */
    private static final long STALE_MILLIS = 30_000;

    private static final long LOOK_MILLIS = 20;

    /**
     * Adds what the journal doesn't have yet; nothing as long as no trial was evaluated, since a study has a direction from its start.
     *
     * @param over whether no trial is at work: one that is done and has no figure has failed then; before, its figure is still to come
     */
    void update(Path folder, Map<Trial, TrialStatus> statuses, boolean over) throws IOException {
        Boolean higher = direction(folder, statuses);
        if (higher == null) {
            return;
        }
        lock();
        try {
            Known known = Known.read(whole());
            List<Map<String, @Nullable Object>> lines = new ArrayList<>();
            if (!known.hasStudy) {
                lines.addAll(study(higher));
            }
            int next = known.trials;
            for (Map.Entry<Trial, TrialStatus> entry : statuses.entrySet()) {
                TrialFolder place = new TrialFolder(folder, entry.getKey());
                if (entry.getValue() != TrialStatus.WAITING) {
                    Line line = new Line(lines, known, place, entry.getValue(), over);
                    next = line.add(next);
                }
            }
            append(lines);
        } finally {
            unlock();
        }
    }

    private @Nullable Boolean direction(Path folder, Map<Trial, TrialStatus> statuses) throws IOException {
        for (Trial trial : statuses.keySet()) {
            TrialFolder place = new TrialFolder(folder, trial);
            Optional<Boolean> higher = place.isBegun() ? plan.figure().higherIsBetter(place.run()) : Optional.empty();
            if (higher.isPresent()) {
                return higher.get();
            }
        }
        return null;
    }

    private List<Map<String, @Nullable Object>> study(boolean higher) {
        Map<String, @Nullable Object> create = line(CREATE_STUDY);
        create.put("study_name", STUDY);
        create.put("directions", List.of(higher ? 2 : 1));
        Map<String, @Nullable Object> attribute = line(STUDY_ATTRIBUTE);
        attribute.put("study_id", 0);
        attribute.put("user_attr", Map.of("align4j:command", plan.command()));
        return List.of(create, attribute);
    }

    private static Map<String, @Nullable Object> line(int code) {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("op_code", code);
        line.put("worker_id", WORKER);
        return line;
    }

    private static String now() {
        return OffsetDateTime.now(Clock.systemUTC())
                .withOffsetSameInstant(ZoneOffset.UTC)
                .toString()
                .replace("Z", "+00:00");
    }

    /** Cuts off a last line that was torn, since Optuna refuses it once another follows, and returns the others. */
    private List<String> whole() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        int end = text.lastIndexOf('\n') + 1;
        if (end < text.length()) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
            }
        }
        return text.substring(0, end).lines().toList();
    }

    private void append(List<Map<String, @Nullable Object>> lines) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(Json.text(line)).append('\n'));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private Path lockFile() {
        return file.resolveSibling(file.getFileName() + ".lock");
    }

    /** Takes Optuna's lock, a symbolic link to the journal; one that hasn't changed for half a minute was left behind, and is broken. */
    private void lock() throws IOException {
        Path lock = lockFile();
        Object seen = null;
        long since = System.nanoTime();
        while (true) {
            try {
                Files.createSymbolicLink(lock, file.getFileName());
                return;
            } catch (FileAlreadyExistsException held) {
                Object changed = Files.exists(lock, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                        ? Files.getLastModifiedTime(lock, java.nio.file.LinkOption.NOFOLLOW_LINKS)
                        : null;
                if (changed == null || !changed.equals(seen)) {
                    seen = changed;
                    since = System.nanoTime();
                }
                if ((System.nanoTime() - since) / 1_000_000 > STALE_MILLIS) {
                    unlock();
                }
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for " + lock, interrupted);
            }
        }
    }

    private void unlock() throws IOException {
        Files.deleteIfExists(lockFile());
    }

    /** What a journal has already. */
    private static final class Known {
        private boolean hasStudy;
        private int trials;
        private final Map<Integer, Integer> places = new LinkedHashMap<>();
        private final Map<Integer, List<Integer>> steps = new LinkedHashMap<>();
        private final Map<Integer, Integer> states = new LinkedHashMap<>();

        static Known read(List<String> lines) throws IOException {
            Known known = new Known();
            for (String text : lines) {
                try {
                    known.take(Json.read(text));
                } catch (JsonProcessingException damaged) {
                    throw new IOException(
                            FILE + " has a line that is no JSON; move the file away and resume.", damaged);
                }
            }
            return known;
        }

        private void take(JsonNode line) {
            int trial = line.path("trial_id").asInt(-1);
            switch (line.path("op_code").asInt(-1)) {
                case CREATE_STUDY -> hasStudy = true;
                case CREATE_TRIAL -> trials++;
                case INTERMEDIATE ->
                    steps.computeIfAbsent(trial, unseen -> new ArrayList<>())
                            .add(line.path("step").asInt());
                case SET_STATE -> states.put(trial, line.path("state").asInt());
                case TRIAL_ATTRIBUTE -> {
                    JsonNode own = line.path("user_attr").path(TRIAL);
                    if (own.isInt()) {
                        places.put(own.asInt(), trial);
                    }
                }
                default -> {}
            }
        }
    }

    /** Adds what is missing of one trial. */
    private final class Line {
        private final List<Map<String, @Nullable Object>> lines;
        private final Known known;
        private final TrialFolder place;
        private final TrialStatus status;
        private final boolean over;

        Line(
                List<Map<String, @Nullable Object>> lines,
                Known known,
                TrialFolder place,
                TrialStatus status,
                boolean over) {
            this.lines = lines;
            this.known = known;
            this.place = place;
            this.status = status;
            this.over = over;
        }

        /** Adds the lines, and returns the number that the next new trial has. */
        int add(int next) throws IOException {
            Integer at = known.places.get(place.trial().id());
            // What follows the end of a trial is ignored: one that failed and is tried again is a new trial.
            boolean again = at != null && known.states.getOrDefault(at, 0) == FAIL && status != TrialStatus.FAILED;
            if (at == null || again) {
                begin(next);
                finish(next, List.of());
                return next + 1;
            }
            if (!known.states.containsKey(at)) {
                finish(at, known.steps.getOrDefault(at, List.of()));
            }
            return next;
        }

        private void begin(int trial) {
            Map<String, @Nullable Object> create = line(CREATE_TRIAL);
            create.put("study_id", 0);
            create.put("datetime_start", now());
            lines.add(create);
            attribute(trial, TRIAL, place.trial().id());
            attribute(trial, "run", place.path().toString());
            attribute(trial, "setting", place.trial().setting());
            attribute(trial, "command", plan.command());
            String seed = place.trial().seed();
            if (!seed.isEmpty()) {
                attribute(trial, "seed", Long.parseLong(seed));
            }
            for (SweptOption option : SweepPlan.withoutSeed(plan.swept())) {
                OptunaDistribution distribution = OptunaDistribution.of(option);
                Map<String, @Nullable Object> parameter = line(SET_PARAMETER);
                parameter.put("trial_id", trial);
                parameter.put("param_name", option.key());
                parameter.put(
                        "param_value_internal",
                        distribution.internal(place.trial().options().get(option.key())));
                parameter.put("distribution", distribution.text());
                lines.add(parameter);
            }
        }

        private void attribute(int trial, String name, Object value) {
            Map<String, @Nullable Object> attribute = line(TRIAL_ATTRIBUTE);
            attribute.put("trial_id", trial);
            attribute.put("user_attr", Map.of(name, value));
            lines.add(attribute);
        }

        private void finish(int trial, List<Integer> told) throws IOException {
            Standing standing = place.standing();
            Double last = null;
            for (Map.Entry<Integer, Double> figure : standing.figures().entrySet()) {
                last = figure.getValue();
                if (!told.contains(figure.getKey())) {
                    Map<String, @Nullable Object> intermediate = line(INTERMEDIATE);
                    intermediate.put("trial_id", trial);
                    intermediate.put("step", figure.getKey());
                    intermediate.put("intermediate_value", figure.getValue());
                    lines.add(intermediate);
                }
            }
            Integer state = switch (status) {
                case DONE -> last != null ? (Integer) COMPLETE : over ? (Integer) FAIL : null;
                case PRUNED -> PRUNED;
                case FAILED -> FAIL;
                default -> null;
            };
            if (state != null) {
                Map<String, @Nullable Object> end = line(SET_STATE);
                end.put("trial_id", trial);
                end.put("state", state);
                end.put("values", last == null || state == FAIL ? null : List.of(last));
                end.put("datetime_complete", now());
                lines.add(end);
            }
        }
    }
}
