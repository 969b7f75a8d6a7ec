package org.align4j.desk.track;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.page.Wording;
import org.align4j.core.weights.FileHash;
import org.align4j.desk.track.MlflowServer.Point;
import org.align4j.desk.track.MlflowServer.RunPlace;
import org.align4j.desk.track.RunFigures.Line;
import org.align4j.desk.track.SentFile.Figures;
import org.align4j.desk.track.SentFile.Sent;
import org.align4j.desk.track.Subject.State;
import org.jspecify.annotations.Nullable;

/**
 * Sends to an MLflow server what it lacks of a folder, within the server's limits, and keeps what it has after each call. Calls that may be made twice
 * are; figures, which a server would keep twice, are looked up where an earlier call may have come through in part.
 */
final class MlflowSending {
    private static final String ID = "align4j.run_id";
    private static final String PARENT = "mlflow.parentRunId";
    private static final int MOST_METRICS = 1000;
    private static final int MOST_PAIRS = 100;

    /** The bytes that the values of a call may have; a call may have a million. */
    private static final int MOST_BYTES = 900_000;

    /** What a value of a figure has besides its name. */
    private static final int POINT_BYTES = 120;

    private static final int LONGEST_KEY = 250;
    private static final int LONGEST_PARAM = 6000;
    private static final int LONGEST_TAG = 5000;

    private final MlflowServer server;
    private final MlflowTarget target;
    private final RunFigures figures;
    private final Deque<Line> waiting = new ArrayDeque<>();

    MlflowSending(MlflowServer server, MlflowTarget target, Path folder) {
        this.server = server;
        this.target = target;
        this.figures = new RunFigures(folder);
    }

    /** How much was sent. */
    record Amount(int lines, int params, int files) {
        static final Amount NOTHING = new Amount(0, 0, 0);

        Amount plus(Amount other) {
            return new Amount(lines + other.lines, params + other.params, files + other.files);
        }
    }

    /**
     * Sends what is missing.
     *
     * @param kept what the server has, in hand
     * @param parent the run that this one is shown under; null for none
     * @throws IOException where the server doesn't take it; what it took is kept
     */
    Amount send(Subject subject, SentFile kept, @Nullable String parent) throws IOException {
        RunPlace run = place(subject, kept, parent);
        int params = describe(run, subject, kept);
        int lines = figures(run, kept);
        Sent sent = kept.of(target.text());
        if (!sent.status().equals(subject.state().name())) {
            Instant ended = subject.state() == State.RUNNING ? null : Instant.now();
            server.status(run.id(), subject.state().name(), ended);
            kept.keep(target.text(), sent.with(subject.state().name()));
        }
        int files = 0;
        for (Map.Entry<String, Path> file : subject.files().entrySet()) {
            files += file(run, kept, file.getKey(), file.getValue()) ? 1 : 0;
        }
        return new Amount(lines, params, files);
    }

    /** Returns the run at the server, which is found by the folder's id where an earlier call made it without our knowing, or made. */
    RunPlace place(Subject subject, SentFile kept, @Nullable String parent) throws IOException {
        Sent sent = kept.of(target.text());
        if (sent.run() != null) {
            return new RunPlace(sent.run(), String.valueOf(sent.artifacts()));
        }
        String id = subject.id() == null ? kept.id() : subject.id();
        String experiment = server.experiment(target.experiment());
        Optional<RunPlace> found = server.find(experiment, ID, id);
        RunPlace run = found.isPresent() ? found.get() : create(experiment, subject, id, parent);
        kept.keep(target.text(), sent.in(run.id(), run.artifacts()));
        return run;
    }

    private RunPlace create(String experiment, Subject subject, String id, @Nullable String parent) throws IOException {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(ID, id);
        tags.put("mlflow.user", System.getProperty("user.name", ""));
        tags.put("mlflow.source.type", "LOCAL");
        if (parent != null) {
            tags.put(PARENT, parent);
        }
        return server.create(experiment, subject.name(), begun(), tags);
    }

    /** The time of the first figures, which is before now where the run is sent afterwards. */
    private Instant begun() throws IOException {
        waiting.addAll(figures.next());
        return waiting.isEmpty() ? Instant.now() : waiting.peek().time();
    }

    /** Sends parameters and tags that the server lacks; a parameter that has changed becomes a tag, since the server keeps the first value. */
    private int describe(RunPlace run, Subject subject, SentFile kept) throws IOException {
        Sent sent = kept.of(target.text());
        Map<String, String> params = new LinkedHashMap<>();
        Map<String, String> tags = new LinkedHashMap<>();
        subject.params().forEach((name, value) -> {
            String key = key(name);
            String text = cut(value, LONGEST_PARAM);
            String before = sent.params().get(key);
            if (before == null) {
                params.put(key, text);
            } else if (!before.equals(text)) {
                tags.put(key("align4j.changed." + name), cut(value, LONGEST_TAG));
            }
        });
        subject.tags().forEach((name, value) -> tags.put(key(name), cut(value, LONGEST_TAG)));
        tags.entrySet().removeIf(tag -> tag.getValue().equals(sent.tags().getOrDefault(tag.getKey(), "")));
        for (Map<String, String> some : parts(params)) {
            server.describe(run.id(), some, Map.of());
            kept.keep(target.text(), kept.of(target.text()).described(some, Map.of()));
        }
        for (Map<String, String> some : parts(tags)) {
            server.describe(run.id(), Map.of(), some);
            kept.keep(target.text(), kept.of(target.text()).described(Map.of(), some));
        }
        return params.size();
    }

    private static List<Map<String, String>> parts(Map<String, String> pairs) {
        List<Map<String, String>> parts = new ArrayList<>();
        int bytes = 0;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            int size = 40 + pair.getKey().length() + 6 * pair.getValue().length();
            if (parts.isEmpty() || parts.get(parts.size() - 1).size() == MOST_PAIRS || bytes + size > MOST_BYTES) {
                parts.add(new LinkedHashMap<>());
                bytes = 0;
            }
            bytes += size;
            parts.get(parts.size() - 1).put(pair.getKey(), pair.getValue());
        }
        return parts;
    }

    private int figures(RunPlace run, SentFile kept) throws IOException {
        waiting.addAll(figures.next());
        int count = 0;
        while (true) {
            Figures sent = kept.of(target.text()).figures();
            waiting.removeIf(line -> line.sequence() <= sent.sent());
            List<Line> batch = batch(sent.underway());
            if (batch.isEmpty()) {
                return count;
            }
            long last = batch.get(batch.size() - 1).sequence();
            boolean maybeThere = sent.underway() > sent.sent();
            figures.sync();
            kept.keep(target.text(), kept.of(target.text()).with(new Figures(sent.sent(), last)));
            try {
                send(run, points(batch), maybeThere);
            } catch (MlflowServer.Unreached nothing) {
                kept.keep(target.text(), kept.of(target.text()).with(sent));
                throw nothing;
            }
            kept.keep(target.text(), kept.of(target.text()).with(new Figures(last, last)));
            count += batch.size();
        }
    }

    /** The next lines that go together: those that an earlier call may have brought, or as many as a call takes. */
    private List<Line> batch(long underway) {
        List<Line> batch = new ArrayList<>();
        int metrics = 0;
        for (Line line : waiting) {
            metrics += line.values().size();
            boolean again = line.sequence() <= underway;
            boolean fits = metrics <= MOST_METRICS && metrics * (POINT_BYTES + LONGEST_KEY) <= MOST_BYTES;
            boolean mixes = !batch.isEmpty() && !again && batch.get(0).sequence() <= underway;
            if (mixes || !(again || fits || batch.isEmpty())) {
                break;
            }
            batch.add(line);
        }
        return batch;
    }

    private static List<Point> points(List<Line> lines) {
        List<Point> points = new ArrayList<>();
        for (Line line : lines) {
            line.values()
                    .forEach((name, value) ->
                            points.add(new Point(key(name), value, line.time().toEpochMilli(), line.step())));
        }
        return points;
    }

    private void send(RunPlace run, List<Point> points, boolean maybeThere) throws IOException {
        List<Point> left = new ArrayList<>(points);
        if (maybeThere) {
            Set<Point> there = new HashSet<>();
            Map<String, Set<Point>> keys = new HashMap<>();
            points.forEach(point ->
                    keys.computeIfAbsent(point.key(), unseen -> new HashSet<>()).add(point));
            for (Map.Entry<String, Set<Point>> asked : keys.entrySet()) {
                there.addAll(server.known(run.id(), asked.getKey(), asked.getValue()));
            }
            left.removeAll(there);
        }
        for (int from = 0; from < left.size(); from += MOST_METRICS) {
            server.metrics(run.id(), left.subList(from, Math.min(left.size(), from + MOST_METRICS)));
        }
    }

    private boolean file(RunPlace run, SentFile kept, String name, Path file) throws IOException {
        Sent sent = kept.of(target.text());
        String hash = FileHash.sha256(file);
        if (hash.equals(sent.files().get(name))) {
            return false;
        }
        server.file(run, name, file);
        kept.keep(target.text(), sent.withFile(name, hash));
        return true;
    }

    /** Returns what the server lacks of a folder, in words; null where it lacks nothing. */
    static @Nullable String missing(Subject subject, Sent sent) throws IOException {
        long lines = new RunFigures(subject.folder())
                .next().stream()
                        .filter(line -> line.sequence() > sent.figures().sent())
                        .count();
        long files = subject.files().keySet().stream()
                .filter(name -> !sent.files().containsKey(name))
                .count();
        if (lines == 0 && files == 0 && sent.status().equals(subject.state().name())) {
            return null;
        }
        if (sent.run() == null) {
            return "all of this run";
        }
        List<String> lacking = new ArrayList<>();
        if (lines > 0) {
            lacking.add(Wording.count(lines, "line of figures", "lines of figures"));
        }
        if (files > 0) {
            lacking.add(Wording.count(files, "file", "files"));
        }
        return lacking.isEmpty() ? "how this run ended" : String.join(" and ", lacking) + " of this run";
    }

    /** Returns a name that the server takes: what it has no letter for is replaced, and the name made one of its own by its hash. */
    static String key(String name) {
        String legal = name.replaceAll("[^A-Za-z0-9_/. -]", "_").replaceAll("(?<=^|/)\\.*(?=/|$)", "_");
        if (legal.equals(name) && name.length() <= LONGEST_KEY) {
            return name;
        }
        String mark = "_"
                + Hashing.sha256()
                        .hashString(name, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, 8);
        return legal.substring(0, Math.min(legal.length(), LONGEST_KEY - mark.length())) + mark;
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }
}
