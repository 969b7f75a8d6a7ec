package org.align4j.desk.watch;

import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.report.LiveReport;
import org.align4j.core.report.ProgressLine;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.RunResult.Status;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.Control.Word;
import org.align4j.desk.RunCourse;
import org.jspecify.annotations.Nullable;

/** A run that is watched: its line at each look, and its report where that changed. A run that is moved away and begun again under its name is another one. */
final class WatchedRun implements Watched {
    /** What a line of the console begins with. */
    private static final Pattern STEP = Pattern.compile("^step +\\d+/\\d+ +\\d+ % *");

    private final Path path;
    private final Run run;
    private @Nullable Object key;
    private @Nullable RunCourse course;
    private String command = "";
    private boolean seen;
    private String resultSeen = "";
    private @Nullable RunResult result;

    WatchedRun(Path path) {
        this.path = path;
        this.run = new Run(path);
    }

    Path path() {
        return path;
    }

    /** Returns the run's line as it stands. */
    RunLine line() throws IOException {
        String name = String.valueOf(path.getFileName());
        if (!Files.isDirectory(path)) {
            return seen
                    ? RunLine.of(RunState.GONE, name, "The run's folder was moved or deleted.")
                    : RunLine.of(RunState.WAITING, name, "There is no run here yet; the page shows it when it begins.");
        }
        Object now = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        if (!Objects.equals(now, key)) {
            forget();
            key = now;
        }
        if (!Run.isOne(path)) {
            return seen
                    ? RunLine.of(RunState.GONE, name, "What was here is no run any more.")
                    : RunLine.of(RunState.WAITING, name, "The run has not begun; the page shows it when it does.");
        }
        seen = true;
        try {
            return line(name);
        } catch (RunException | InputException unreadable) {
            return RunLine.of(RunState.FAILED, name, String.valueOf(unreadable.getMessage()));
        }
    }

    private void forget() {
        course = null;
        result = null;
        resultSeen = "";
        command = "";
    }

    private RunLine line(String name) throws IOException {
        RunResult at = result();
        Optional<ProcessHandle> trainer = at.status() == Status.DONE ? Optional.empty() : run.trainer();
        boolean old = course == null && trainer.isEmpty() && at.status() != Status.RUNNING;
        RunCourse heard = old ? new RunCourse(path) : followed();
        RunState state = state(at, heard, trainer.isPresent());
        int step = Math.max(heard.step(), state.isAtWork() ? 0 : at.step());
        int total = Math.max(heard.total(), at.totalSteps());
        Double seconds = heard.secondsPerStep();
        return new RunLine(
                state,
                name,
                command(),
                step,
                total,
                state.isAtWork() && seconds != null ? (Double) (seconds * (total - step)) : null,
                figures(old ? at.metrics().values() : heard.metrics().values(), step, total),
                state.isAtWork() ? heard.activity() : "",
                reason(state, at),
                peak(
                        old
                                ? at.metrics().get("peak_memory_bytes")
                                : heard.metrics().get("peak_memory_bytes")),
                state == RunState.STARTING ? List.of() : words(state));
    }

    private RunCourse followed() throws IOException {
        RunCourse known = course;
        if (known == null) {
            known = new RunCourse(path);
            course = known;
        }
        known.follow();
        return known;
    }

    private RunResult result() {
        Path file = path.resolve("result.json");
        String now = file.toFile().lastModified() + " " + file.toFile().length();
        RunResult known = result;
        if (known == null || !now.equals(resultSeen)) {
            known = run.result();
            result = known;
            resultSeen = now;
        }
        return known;
    }

    private RunState state(RunResult at, RunCourse heard, boolean trained) throws IOException {
        if (!trained) {
            return switch (at.status()) {
                case DONE -> RunState.DONE;
                case STOPPED -> RunState.STOPPED;
                case FAILED -> RunState.FAILED;
                case RUNNING -> RunState.KILLED;
            };
        }
        if (at.status() == Status.RUNNING ? heard.total() == 0 : isTakenUpAgain()) {
            return RunState.STARTING;
        }
        if (at.status() != Status.RUNNING) {
            return state(at, heard, false); // it has ended, and its process is about to let go of it
        }
        Optional<Word> asked = Control.standing(path);
        if (asked.filter(word -> word == Word.STOP).isPresent()) {
            return RunState.STOPPING;
        }
        if (heard.isPaused()) {
            return RunState.PAUSED;
        }
        return asked.filter(word -> word == Word.PAUSE).isPresent() ? RunState.PAUSING : RunState.RUNNING;
    }

    /** Whether who holds the run took it in hand after its end was written. */
    private boolean isTakenUpAgain() throws IOException {
        Path written = path.resolve("result.json");
        return Files.exists(written)
                && Files.getLastModifiedTime(path.resolve(".lock")).compareTo(Files.getLastModifiedTime(written)) > 0;
    }

    /** Returns what can be asked in a state. */
    static List<String> words(RunState state) {
        return switch (state) {
            case RUNNING -> List.of(Word.PAUSE.text(), Word.STOP.text());
            case PAUSED, PAUSING -> List.of(Word.CONTINUE.text(), Word.STOP.text());
            default -> List.of();
        };
    }

    private String reason(RunState state, RunResult at) {
        String resume = "Go on with: align resume " + ShellWord.of(path.toString());
        return switch (state) {
            case KILLED -> "No process of this machine trains it, though it has not ended: it was killed. " + resume;
            case STOPPED, FAILED -> (at.reason() == null ? "" : sentence(at.reason()) + " ") + resume;
            case DONE -> at.reason() == null ? "" : sentence(at.reason());
            default -> "";
        };
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private String command() {
        if (command.isEmpty()) {
            command = String.valueOf(run.manifest().getOrDefault("command", ""));
        }
        return command;
    }

    /** The figures of a step as the console has them, without what the page shows beside them. */
    private String figures(Map<String, Double> metrics, int step, int total) {
        if (metrics.isEmpty()) {
            return "";
        }
        String line =
                new ProgressLine(total, MethodReports.of(command()).figures()).format(step, metrics, Duration.ZERO);
        return List.of(STEP.matcher(line).replaceFirst("").split(" {2,}")).stream()
                .filter(part -> !part.endsWith(" left"))
                .collect(Collectors.joining(", "));
    }

    private static @Nullable Double peak(OptionalDouble bytes) {
        return bytes.isPresent() && Double.isFinite(bytes.getAsDouble()) ? (Double) bytes.getAsDouble() : null;
    }

    @Override
    public Scene scene() throws IOException {
        RunLine line = line();
        return new Scene("run", "", line.state(), line, List.of(), mark());
    }

    /** What the report was read of: it is read again where this changed. */
    private String mark() {
        StringBuilder mark = new StringBuilder();
        for (String file : List.of("metrics.jsonl", "result.json", "warnings.json", "samples.json", "rows.json")) {
            mark.append(path.resolve(file).toFile().length()).append(' ');
            mark.append(path.resolve(file).toFile().lastModified()).append(' ');
        }
        return mark.toString();
    }

    @Override
    public Reading report() {
        return this::read;
    }

    private LiveReport read() throws IOException {
        if (!Run.isOne(path)) {
            return LiveReport.NONE;
        }
        try {
            return LiveReport.of(path);
        } catch (InputException | RunException unreadable) {
            return new LiveReport(
                    Map.of("header", "<p class=\"empty\">" + html(FileFailure.reason(unreadable)) + "</p>"), "[]");
        }
    }

    @Override
    public Path control() {
        return path;
    }
}
