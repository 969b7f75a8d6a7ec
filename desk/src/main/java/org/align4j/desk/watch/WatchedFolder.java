package org.align4j.desk.watch;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.align4j.core.error.ShellWord;
import org.align4j.core.files.Folders;
import org.align4j.core.files.LockFile;
import org.align4j.core.page.Wording;
import org.align4j.core.report.LiveReport;
import org.align4j.core.run.Run;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.Control.Word;
import org.align4j.desk.SweepCourse;
import org.align4j.desk.SweepCourse.TrialCourse;
import org.jspecify.annotations.Nullable;

/** A folder that is watched: that of a sweep, with its trials, or one whose folders are runs. */
final class WatchedFolder implements Watched {
    private final Path folder;
    private final Map<String, WatchedRun> runs = new LinkedHashMap<>();
    private final LiveReport.OfGroup group = new LiveReport.OfGroup();
    private @Nullable SweepCourse sweep;
    private String sweepMark = "";

    WatchedFolder(Path folder) {
        this.folder = folder;
    }

    /** Whether a folder is one of runs, or a sweep's. */
    static boolean isOne(Path folder) throws IOException {
        return SweepCourse.isIn(folder) || !runsIn(folder).isEmpty();
    }

    private static List<Path> runsIn(Path folder) throws IOException {
        return Files.isDirectory(folder)
                ? Folders.list(folder).stream().filter(Run::isOne).toList()
                : List.of();
    }

    /** Finds one of the runs by the key of its row. */
    Optional<Path> find(String key) throws IOException {
        scene();
        return Optional.ofNullable(runs.get(key)).map(WatchedRun::path);
    }

    @Override
    public Scene scene() throws IOException {
        if (!Files.isDirectory(folder)) {
            RunLine gone = RunLine.of(RunState.GONE, name(), "The folder was moved or deleted.");
            return new Scene("folder", "", RunState.GONE, gone, List.of(), "gone");
        }
        return SweepCourse.isIn(folder) ? sweepScene() : folderScene();
    }

    private String name() {
        return String.valueOf(folder.getFileName());
    }

    private RunLine line(String key, Path path) throws IOException {
        return runs.computeIfAbsent(key, unseen -> new WatchedRun(path)).line();
    }

    private Scene folderScene() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (Path run : runsIn(folder)) {
            runs.putIfAbsent(String.valueOf(run.getFileName()), new WatchedRun(run));
        }
        for (String key : runs.keySet().stream().sorted().toList()) {
            rows.add(new Row(key, group.options(folder.resolve(key)), "", line(key, folder.resolve(key))));
        }
        RunState state =
                rows.stream().anyMatch(row -> row.line().state().isAtWork()) ? RunState.RUNNING : RunState.DONE;
        RunLine whole = whole(state, rows, 0, null, "");
        return new Scene("folder", "", state, whole, rows, mark(rows));
    }

    private Scene sweepScene() throws IOException {
        SweepCourse course = course();
        List<Row> rows = new ArrayList<>();
        double seconds = 0;
        for (TrialCourse trial : course.trials()) {
            RunLine line = line(trial.name(), trial.path());
            rows.add(new Row(
                    trial.name(),
                    trial.options(),
                    trial.value() == null ? "" : Wording.number(trial.value()),
                    line(trial, line)));
            if (line.left() != null && line.step() < line.total()) {
                seconds = Math.max(seconds, line.left() / (line.total() - line.step()));
            }
        }
        RunState state = state(rows);
        long planned = course.plannedSteps();
        long done = rows.stream().mapToLong(row -> row.line().step()).sum();
        double each = seconds > 0 ? seconds : course.secondsPerStep();
        Double left =
                state.isAtWork() && each > 0 ? (Double) (Math.max(0, planned - done) * each / course.atOnce()) : null;
        String resume = state == RunState.KILLED || state == RunState.STOPPED
                ? "The sweep isn't at work. Go on with: align resume " + ShellWord.of(folder.toString())
                : "";
        return new Scene(
                "sweep",
                course.figure(),
                state,
                whole(state, rows, planned, left, resume).named(name()),
                rows,
                mark(rows));
    }

    /** A trial's line with what the sweep knows of it: that it waits for its turn, failed, or was left at a rung. */
    private static RunLine line(TrialCourse trial, RunLine line) {
        RunState state = line.state();
        boolean resting = !state.isAtWork();
        RunState told = resting && trial.failure() != null
                ? RunState.FAILED
                : resting && trial.status().equals("pruned")
                        ? RunState.PRUNED
                        : state == RunState.STOPPED && trial.status().equals("running") ? RunState.WAITING : state;
        return new RunLine(
                told,
                trial.name(),
                line.command(),
                line.step(),
                line.total() == 0 ? trial.steps() : line.total(),
                line.left(),
                line.figures(),
                line.activity(),
                trial.failure() != null && resting ? trial.failure() : told == RunState.WAITING ? "" : line.reason(),
                line.peakBytes(),
                line.ask());
    }

    private SweepCourse course() throws IOException {
        String now = folder.resolve("sweep.json").toFile().lastModified() + " "
                + folder.resolve("sweep.json").toFile().length();
        SweepCourse known = sweep;
        if (known == null || !now.equals(sweepMark)) {
            known = SweepCourse.read(folder);
            sweep = known;
            sweepMark = now;
        }
        return known;
    }

    private RunState state(List<Row> rows) throws IOException {
        boolean ended = rows.stream().allMatch(row -> switch (row.line().state()) {
            case DONE, FAILED, PRUNED -> true;
            default -> false;
        });
        if (LockFile.holder(folder.resolve(".lock")).isEmpty()) {
            return ended ? RunState.DONE : RunState.KILLED;
        }
        Optional<Word> asked = Control.standing(folder);
        if (asked.filter(word -> word == Word.STOP).isPresent()) {
            return RunState.STOPPING;
        }
        if (asked.filter(word -> word == Word.PAUSE).isPresent()) {
            boolean works = rows.stream()
                    .map(row -> row.line().state())
                    .anyMatch(state -> state.isAtWork() && state != RunState.PAUSED);
            return works ? RunState.PAUSING : RunState.PAUSED;
        }
        return RunState.RUNNING;
    }

    private RunLine whole(RunState state, List<Row> rows, long planned, @Nullable Double left, String reason) {
        Map<RunState, Long> counts = rows.stream()
                .collect(Collectors.groupingBy(row -> row.line().state(), LinkedHashMap::new, Collectors.counting()));
        String figures = counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> format("%d %s", entry.getValue(), entry.getKey().word()))
                .collect(Collectors.joining(", "));
        long done = rows.stream().mapToLong(row -> row.line().step()).sum();
        long all = planned > 0
                ? Math.max(planned, done)
                : rows.stream().mapToLong(row -> row.line().total()).sum();
        SweepCourse known = sweep;
        return new RunLine(
                state,
                name(),
                known == null ? "" : "sweep of align " + known.command(),
                (int) done,
                (int) all,
                left,
                figures,
                "",
                reason,
                null,
                known == null ? List.of() : WatchedRun.words(state));
    }

    private static String mark(List<Row> rows) {
        return rows.stream()
                .map(row -> row.line().state() + " " + row.line().step() + " " + row.value())
                .collect(Collectors.joining(";"));
    }

    @Override
    public Reading report() {
        List<Path> paths = runs.values().stream().map(WatchedRun::path).toList();
        SweepCourse known = sweep;
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("standings", known == null ? "" : known.standings());
        parts.put("charts", "<div id=\"charts\"></div>");
        return () -> new LiveReport(parts, group.charts(paths));
    }

    @Override
    public Path control() {
        return folder;
    }
}
