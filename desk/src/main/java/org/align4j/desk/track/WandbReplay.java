package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.run.Run;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.terminal.Terminal;
import org.align4j.desk.track.RunFigures.Line;
import org.align4j.desk.track.SentFile.Figures;
import org.align4j.desk.track.SentFile.Sent;
import org.jspecify.annotations.Nullable;

/**
 * Makes offline runs of Weights &amp; Biases by its own Python package, which alone knows their format: a script of ours logs each line of figures. A
 * run's offline runs lie in its folder {@code wandb}, one for each time that there was something new.
 *
 * @param python the program that has the package
 */
record WandbReplay(String python) {
    private static final String TARGET = "wandb";
    private static final String SCRIPT = "wandb_replay.py";

    /** What the script ends with where the package is missing. */
    private static final int NO_PACKAGE = 3;

    private static final long LOOK_MILLIS = 100;

    /**
     * An offline run that was made.
     *
     * @param folder that {@code wandb sync} takes
     */
    private record Made(Path folder, int lines) {}

    /** Makes offline runs of what was not logged yet. */
    Map<String, @Nullable Object> send(Path folder, Terminal terminal) throws IOException {
        List<Made> made = new ArrayList<>();
        for (Path run : SweepFolder.all(folder)) {
            if (Run.isOne(run)) {
                Made part = replay(new Run(run));
                if (part != null) {
                    made.add(part);
                }
            }
        }
        List<String> folders =
                made.stream().map(part -> part.folder().toString()).toList();
        int lines = made.stream().mapToInt(Made::lines).sum();
        terminal.print(
                made.isEmpty()
                        ? format("wandb lacks nothing of %s.", folder)
                        : format(
                                "Logged %,d lines of figures of %s offline. To send them, after wandb login:\n%s",
                                lines, folder, sync(folders)));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("to", TARGET);
        result.put("lines", lines);
        result.put("offline_runs", folders);
        result.put("sync", made.isEmpty() ? null : sync(folders));
        return result;
    }

    /** Returns the command that sends offline runs, by the Python that has the package. */
    private String sync(List<String> folders) {
        return ShellWord.of(python) + " -m wandb sync "
                + folders.stream().map(ShellWord::of).collect(Collectors.joining(" "));
    }

    private @Nullable Made replay(Run run) throws IOException {
        try (SentFile kept = SentFile.await(run.path())) {
            Sent sent = kept.of(TARGET);
            RunFigures figures = new RunFigures(run.path());
            List<Line> lines = figures.next().stream()
                    .filter(line -> line.sequence() > sent.figures().sent())
                    .toList();
            if (lines.isEmpty()) {
                return null;
            }
            figures.sync();
            // What an attempt that was killed left is of these lines, too.
            Path part =
                    run.path().resolve(TARGET).resolve("from-" + lines.get(0).sequence());
            if (Files.isDirectory(part)) {
                Folders.deleteTree(part);
            }
            Folders.make(part);
            Subject subject = Subject.of(run);
            String id = subject.id() == null ? kept.id() : subject.id();
            log(part, header(subject, id, part), lines);
            long last = lines.get(lines.size() - 1).sequence();
            kept.keep(TARGET, sent.in(id, part.toString()).with(new Figures(last, last)));
            return new Made(offlineRun(part), lines.size());
        }
    }

    private static Map<String, Object> header(Subject subject, String id, Path part) {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("dir", part.toAbsolutePath().toString());
        header.put("id", id);
        header.put("name", subject.name());
        Path sweep = SweepFolder.above(subject.folder());
        header.put("group", sweep == null ? null : String.valueOf(sweep.getFileName()));
        header.put("config", subject.params());
        return header;
    }

    private void log(Path part, Map<String, Object> header, List<Line> lines) throws IOException {
        Path script = part.resolve(SCRIPT);
        try (InputStream own = Objects.requireNonNull(WandbReplay.class.getResourceAsStream(SCRIPT))) {
            Files.copy(own, script);
        }
        Path said = part.resolve("output.txt");
        Process process;
        try {
            process = new ProcessBuilder(python, script.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException absent) {
            throw new InputException(
                    format("python is %s, which can't be started; give the Python that has the package wandb.", python),
                    absent);
        }
        write(process, header, lines);
        try {
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                StopSignal.throwIfStopped();
            }
        } catch (InterruptedException now) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroy();
        }
        requireDone(process, said);
    }

    private static void write(Process process, Map<String, Object> header, List<Line> lines) throws IOException {
        try (BufferedWriter out = process.outputWriter(StandardCharsets.UTF_8)) {
            out.write(Json.text(header) + "\n");
            for (Line line : lines) {
                Map<String, @Nullable Double> values = new LinkedHashMap<>();
                line.values().forEach((name, value) -> values.put(name, Double.isFinite(value) ? value : null));
                out.write(Json.text(Map.of("step", line.step(), "values", values)) + "\n");
            }
        } catch (IOException gone) {
            // It has ended before it read everything, and says why.
        }
    }

    private void requireDone(Process process, Path said) throws IOException {
        if (process.isAlive() || process.exitValue() != 0) {
            if (!process.isAlive() && process.exitValue() == NO_PACKAGE) {
                throw new InputException(format(
                        "%s has no package wandb; install it (pip install wandb), or give the Python that has it with python.",
                        python));
            }
            List<String> words = Files.readAllLines(said);
            throw new RunException(format(
                    "wandb's package could not log the run: %s. Nothing is counted as logged.",
                    words.isEmpty() ? "it said nothing" : words.get(words.size() - 1)));
        }
    }

    private static Path offlineRun(Path part) throws IOException {
        try (Stream<Path> made = Files.list(part.resolve(TARGET))) {
            return made.filter(folder -> folder.getFileName().toString().startsWith("offline-run-"))
                    .findFirst()
                    .orElse(part);
        } catch (NoSuchFileException elsewhere) {
            return part;
        }
    }
}
