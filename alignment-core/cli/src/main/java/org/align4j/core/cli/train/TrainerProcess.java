package org.align4j.core.cli.train;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.align4j.core.cli.Align;
import org.align4j.core.files.LockFile;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.machine.MemoryLedger;
import org.align4j.core.stop.Control;

/**
 * A process that trains. It holds a pipe of this one: where that closes, because it is asked to stop or this process dies in whatever way, the trainer
 * saves and ends.
 */
public final class TrainerProcess {
    private static final String ARENAS = "MALLOC_ARENA_MAX";
    private static final String TRAINERS_ARENAS = "16";

    /** How far two readings of the time at which a process was started may lie apart. */
    private static final long CLOCK_MILLIS = 3000;

    private static final long LOOK_MILLIS = 100;

    private final Process process;
    private boolean told;

    private TrainerProcess(Process process) {
        this.process = process;
    }

    /**
     * What a trainer is started with.
     *
     * @param command starts a JVM with the program's class path, up to the main class
     * @param claim room in the machine's memory, which becomes the trainer's
     * @param variables of the environment, beside this process's own
     */
    public record Launch(List<String> command, MemoryLedger.Claim claim, Map<String, String> variables) {
        /** Starts with other variables. */
        public Launch with(Map<String, String> other) {
            return new Launch(command, claim, other);
        }

        /** Has the trainer save and end once so many optimizer steps of its run are done, though its schedule is that of the whole run. */
        public Launch stopAfter(int steps) {
            Map<String, String> more = new HashMap<>(variables);
            more.put("ALIGN4J_STOP_AFTER", Integer.toString(steps));
            return with(more);
        }
    }

    /**
     * Starts a trainer.
     *
     * @param words of the command line
     * @param answer receives its result or its error, as JSON
     * @param log receives what it says to people
     */
    public static TrainerProcess start(Launch launch, List<String> words, Path answer, Redirect log)
            throws IOException {
        List<String> command = new ArrayList<>(launch.command());
        command.add(Align.class.getName());
        command.addAll(words);
        command.add("--json");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(answer.toFile()).redirectError(log);
        Map<String, String> environment = builder.environment();
        environment.putAll(launch.variables());
        environment.put("ALIGN4J_SUPERVISOR", "stdin");
        environment.put(ARENAS, TRAINERS_ARENAS);
        // The launcher sets them for answers; a training gives large blocks back, as its forecast has it.
        environment.keySet().removeAll(List.of("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"));
        for (JvmSettings.Setting setting : JvmSettings.ALL) {
            if (setting.kind() == JvmSettings.Kind.VARIABLE) {
                environment.putIfAbsent(setting.name(), setting.value());
            }
        }
        Process process = builder.start();
        launch.claim().handTo(process.toHandle());
        return new TrainerProcess(process);
    }

    /** Names the process so that no other one is taken for it, whenever its number is used again. */
    public String name() {
        return name(process.toHandle());
    }

    private static String name(ProcessHandle handle) {
        return handle.pid() + " " + start(handle);
    }

    private static long start(ProcessHandle handle) {
        return handle.info().startInstant().orElse(Instant.EPOCH).toEpochMilli();
    }

    /** Finds a trainer that is still alive by its name. */
    public static Optional<ProcessHandle> living(String name) {
        String[] parts = name.split(" ", 2);
        long began = Long.parseLong(parts[1]);
        return ProcessHandle.of(Long.parseLong(parts[0]))
                .filter(ProcessHandle::isAlive)
                .filter(handle -> Math.abs(start(handle) - began) < CLOCK_MILLIS);
    }

    /**
     * Waits until no process writes a run any more.
     *
     * @param run its directory, whether it is there or not
     * @param stopped ends the wait
     * @throws IOException where somebody still writes it after so long
     */
    public static void awaitRelease(Path run, Duration atMost, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        Path lock = run.resolve(".lock");
        long until = System.nanoTime() + atMost.toNanos();
        while (!stopped.getAsBoolean() && Files.exists(lock)) {
            LockFile taken = LockFile.tryTake(lock);
            if (taken != null) {
                taken.close();
                return;
            }
            if (System.nanoTime() > until) {
                throw new IOException(
                        run + " is held by process " + LockFile.noteIn(lock).strip() + ", which doesn't end");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** Asks the trainer to pause between two steps, or to go on. */
    public void say(Control.Word word) {
        if (!told) {
            try {
                OutputStream pipe = process.getOutputStream();
                pipe.write((word.text() + "\n").getBytes(StandardCharsets.UTF_8));
                pipe.flush();
            } catch (IOException ended) {
                // It needs no telling any more.
            }
        }
    }

    /** Asks the trainer to save and end. */
    public void stop() {
        if (!told) {
            told = true;
            try (OutputStream pipe = process.getOutputStream()) {
                pipe.flush();
            } catch (IOException ended) {
                // It needs no telling any more.
            }
        }
    }

    /** Waits a moment for the trainer's end, and says whether it ended. */
    public boolean await(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    /** Ends a trainer that doesn't end by itself; it goes on from its last checkpoint. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Returns how the trainer ended: an exit code of the command line, or what a signal left. */
    public int code() {
        return process.exitValue();
    }
}
