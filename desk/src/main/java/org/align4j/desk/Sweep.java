package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.align4j.core.cli.train.TrainerProcess;
import org.align4j.core.error.InputException;
import org.align4j.core.error.ShellWord;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Folders;
import org.align4j.core.files.LockFile;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.Control.Word;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.align4j.desk.SweepOptions.Search;
import org.align4j.desk.SweepPlan.Trial;
import org.align4j.desk.TrialFolder.Standing;
import org.align4j.desk.track.SweepFolder;
import org.jspecify.annotations.Nullable;

/**
 * Runs the trials of a sweep, each in a process of its own that trains as its command alone would: rung by rung, so many side by side as are asked
 * for and as the machine's memory has room for. A trial that failed is left; one that failed for memory is tried once more, alone.
 */
final class Sweep {
    private static final Duration LOOK = Duration.ofMillis(100);

    /** How long a trial that was asked to stop may take over its step. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final Path folder;
    private final SweepPlan plan;
    private final SweepRecord record;
    private final TrainingLog log;
    private final Map<Trial, Working> working = new HashMap<>();
    private final Deque<Trial> waiting = new ArrayDeque<>();
    private final Deque<Trial> alone = new ArrayDeque<>();
    private final Control control;
    private final TrialBar bar;
    private boolean paused;

    private Sweep(Path folder, SweepPlan plan, TrainingLog log) {
        this.folder = folder;
        this.plan = plan;
        this.log = log;
        this.record = new SweepRecord(folder, plan);
        this.bar = new TrialBar(log);
        this.control = new Control(
                folder,
                Folders::deleteIfThere,
                text -> log.note(format(
                        "%s is asked for in %s, which knows pause, continue and stop; nothing is done.",
                        Shortened.of(text.strip()), folder.resolve(Control.FILE))));
    }

    /** A process at work on a trial. */
    private record Working(TrainerProcess process, MemoryLedger.Claim claim, int rung) {}

    /** Shows the steps of the trials at work as one activity. */
    private static final class TrialBar {
        private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final TrainingLog log;
        private Map<Trial, RunCourse> courses = Map.of();
        private @Nullable Progress shown;
        private long done;
        private long followedAt;

        TrialBar(TrainingLog log) {
            this.log = log;
        }

        /** Shows these trials from now on. */
        void show(Path folder, Map<Trial, Working> working) {
            Map<Trial, RunCourse> now = new TreeMap<>(Comparator.comparingInt(Trial::id));
            working.keySet().forEach(trial -> {
                RunCourse known = courses.get(trial);
                now.put(trial, known == null ? new RunCourse(new TrialFolder(folder, trial).path()) : known);
            });
            courses = now;
            close();
            if (!working.isEmpty()) {
                String names = now.keySet().stream().map(Trial::name).collect(Collectors.joining(", "));
                shown = log.progress(
                        "trial " + names,
                        working.values().stream().mapToLong(Working::rung).sum());
                done = 0;
                followedAt = System.nanoTime() - EVERY_NANOS;
            }
        }

        void follow() throws IOException {
            Progress bar = shown;
            if (bar == null || System.nanoTime() - followedAt < EVERY_NANOS) {
                return;
            }
            followedAt = System.nanoTime();
            long now = 0;
            for (RunCourse course : courses.values()) {
                course.follow();
                now += course.step();
            }
            bar.advance(now - done);
            done = now;
        }

        void close() {
            if (shown != null) {
                shown.close();
                shown = null;
            }
        }
    }

    /**
     * Runs what is left of a sweep, writes down what it came to, and returns that.
     *
     * @param folder holds {@code plan.json}
     * @throws StoppedException where the process was asked to stop; its trials have saved and ended
     */
    static SweepRecord.Outcome run(Path folder, TrainingLog log) throws IOException {
        Path home = folder.toAbsolutePath().normalize();
        LockFile lock = LockFile.tryTake(home.resolve(".lock"));
        if (lock == null) {
            throw new InputException(
                    folder + " is a sweep at work in another process; wait until that ends, or end it.");
        }
        try (lock) {
            lock.note(ProcessHandle.current().pid() + "\n");
            SweepPlan plan = SweepPlan.read(home);
            Control.discard(home, Folders::deleteIfThere)
                    .filter(text -> !text.isBlank())
                    .ifPresent(text -> log.note(format(
                            "%s held %s from before this start; nobody obeys it, and it is taken away.",
                            home.resolve(Control.FILE), Shortened.of(text.strip()))));
            StopSignal.goOnWith("align resume " + folder);
            Sweep sweep = new Sweep(home, plan, log);
            SweepRecord.Outcome outcome = StopSignal.<SweepRecord.Outcome, IOException>keeping(sweep::all);
            StopSignal.goOnWith(null);
            return outcome;
        }
    }

    private SweepRecord.Outcome all() throws IOException {
        Files.createDirectories(folder.resolve(TrialFolder.TRIALS));
        forgetFailures();
        Set<Integer> going = new LinkedHashSet<>();
        plan.trials().forEach(trial -> going.add(trial.setting()));
        int rungs = plan.trials().get(0).rungs().size();
        for (int rung = 0; rung < rungs && !going.isEmpty(); rung++) {
            climb(going, rung);
            if (plan.search() == Search.HALVING && rung < rungs - 1) {
                going.retainAll(chosen(rung));
            }
        }
        SweepRecord.Outcome outcome = record.end();
        new SweepFolder(folder).send(log);
        return outcome;
    }

    /** A sweep that is taken up tries again what failed: the disk may have room now. */
    private void forgetFailures() throws IOException {
        for (Trial trial : plan.trials()) {
            TrialFolder place = new TrialFolder(folder, trial);
            Standing standing = place.standing();
            if (standing.failure() != null) {
                place.write(new Standing(standing.figures(), 0, null));
            }
        }
    }

    /** Returns the settings that go on from a rung, and says which. */
    private List<Integer> chosen(int rung) throws IOException {
        SweepRecord.Rung at = record.course().get(rung);
        log.note(format(
                "After step %d of each of %d settings %s.",
                at.step(),
                at.figures().size(),
                at.chosen().size() == 1 ? "one goes on: " + at.chosen().get(0) : "go on: " + at.chosen()));
        return at.chosen();
    }

    /** Has all trials of some settings train up to a rung. */
    private void climb(Set<Integer> settings, int rung) throws IOException {
        for (Trial trial : plan.trials()) {
            TrialFolder place = new TrialFolder(folder, trial);
            if (!settings.contains(trial.setting()) || place.standing().failure() != null) {
                continue;
            }
            if (place.isAt(trial.rungs().get(rung))) {
                place.keepFigure(trial.rungs().get(rung), plan.figure());
            } else {
                waiting.add(trial);
            }
        }
        record.update();
        try {
            while (!waiting.isEmpty() || !alone.isEmpty() || !working.isEmpty()) {
                pauseIfAsked();
                if (!paused) {
                    begin(rung);
                }
                StopSignal.sleep(LOOK);
                bar.follow();
                harvest();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while trials are at work", interrupted);
        } finally {
            stop();
        }
    }

    /** Has the trials at work wait between two steps, or go on, as the sweep's file control asks. */
    private void pauseIfAsked() throws IOException {
        boolean asked = control.asksForPause();
        if (asked != paused) {
            paused = asked;
            working.values().forEach(at -> at.process().say(asked ? Word.PAUSE : Word.CONTINUE));
            log.note(
                    asked
                            ? "The sweep is paused: trials at work save and wait; go on with: echo continue > "
                                    + ShellWord.of(folder.resolve(Control.FILE).toString())
                            : "The sweep goes on.");
        }
    }

    private static boolean isStopped() {
        StopSignal.throwIfStopped();
        return false;
    }

    private void begin(int rung) throws IOException {
        while (!waiting.isEmpty() && working.size() < plan.atOnce()) {
            MemoryLedger.Claim claim = room(waiting.peek());
            if (claim == null) {
                return;
            }
            start(waiting.remove(), rung, claim);
        }
        if (waiting.isEmpty() && working.isEmpty() && !alone.isEmpty()) {
            Trial trial = alone.remove();
            start(trial, rung, enter(trial));
        }
    }

    /** Takes room in the machine's memory for a trial; one that trains alone gets it in any case, since it was forecast to fit. */
    private MemoryLedger.@Nullable Claim room(Trial trial) {
        return working.isEmpty()
                ? enter(trial)
                : MemoryLedger.shared().enterIfFree(path(trial), trial.bytes(), log::note);
    }

    private MemoryLedger.Claim enter(Trial trial) {
        return MemoryLedger.shared().enter(path(trial), trial.bytes(), log::note);
    }

    private String path(Trial trial) {
        return new TrialFolder(folder, trial).path().toString();
    }

    private void start(Trial trial, int rung, MemoryLedger.Claim claim) throws IOException {
        TrialFolder place = new TrialFolder(folder, trial);
        try {
            // A trainer of a sweep that was killed saves and ends by itself.
            TrainerProcess.awaitRelease(place.path(), GRACE, Sweep::isStopped);
            int until = trial.rungs().get(rung);
            TrainerProcess.Launch launch = new TrainerProcess.Launch(JvmSettings.launch(), claim, Map.of());
            if (place.isAt(until)) {
                claim.close();
                reached(place, until);
                return;
            }
            TrainerProcess process = TrainerProcess.start(
                    until < trial.steps() ? launch.stopAfter(until) : launch,
                    place.words(plan),
                    place.beside(".answer"),
                    ProcessBuilder.Redirect.appendTo(place.beside(".log").toFile()));
            working.put(trial, new Working(process, claim, until));
            bar.show(folder, working);
            record.update();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a trial was to begin", interrupted);
        } finally {
            if (!working.containsKey(trial)) {
                claim.close();
            }
        }
    }

    private void harvest() throws IOException, InterruptedException {
        boolean ended = false;
        Iterator<Map.Entry<Trial, Working>> each = working.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Trial, Working> entry = each.next();
            Working at = entry.getValue();
            if (at.process().await(0)) {
                each.remove();
                at.claim().close();
                ended(new TrialFolder(folder, entry.getKey()), at);
                ended = true;
            }
        }
        if (ended) {
            record.update();
            bar.show(folder, working);
        }
    }

    private void ended(TrialFolder place, Working at) throws IOException {
        if (place.isAt(at.rung())) {
            reached(place, at.rung());
            return;
        }
        boolean again = place.failed(at.process().code());
        if (again) {
            alone.add(place.trial());
            log.note(format(
                    "Trial %s (%s) ended for want of memory; it is tried once more, alone.",
                    place.trial().name(), place.trial().text()));
        } else {
            log.note(format(
                    "Trial %s (%s) failed: %s",
                    place.trial().name(), place.trial().text(), place.standing().failure()));
        }
    }

    private void reached(TrialFolder place, int rung) throws IOException {
        place.keepFigure(rung, plan.figure());
        Double figure = place.standing().figures().get(rung);
        log.note(format(
                "Trial %s of %d (%s): step %d of %d%s.",
                place.trial().name(),
                plan.trials().size(),
                place.trial().text(),
                rung,
                place.trial().steps(),
                figure == null
                        ? ""
                        : format(", %s %.6g", plan.figure().figure(place.run()).replace('_', ' '), figure)));
    }

    /** Has trials that are still at work save and end, for the sweep ends before them. */
    private void stop() {
        bar.close();
        List<Working> left = new ArrayList<>(working.values());
        left.forEach(at -> at.process().stop());
        long until = System.nanoTime() + GRACE.toNanos();
        try {
            for (Working at : left) {
                while (!at.process().await(LOOK.toMillis())) {
                    if (System.nanoTime() > until) {
                        at.process().kill();
                    }
                }
                at.claim().close();
            }
        } catch (InterruptedException inHaste) {
            Thread.currentThread().interrupt();
        }
        working.clear();
        waiting.clear();
        alone.clear();
    }
}
