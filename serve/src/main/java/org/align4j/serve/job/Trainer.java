package org.align4j.serve.job;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.align4j.core.cli.Align;
import org.align4j.core.machine.JvmSettings;
import org.align4j.core.machine.MemoryLedger;

/**
 * A process that trains. It holds a pipe of this one: where that closes, because it is told to stop or this process dies in whatever way, the trainer
 * saves and ends.
 */
final class Trainer {
    private static final String ARENAS = "MALLOC_ARENA_MAX";
    private static final String TRAINERS_ARENAS = "16";

    /** How far two readings of the time at which a process was started may lie apart. */
    private static final long CLOCK_MILLIS = 3000;

    private final Process process;
    private boolean told;

    private Trainer(Process process) {
        this.process = process;
    }

    /** Returns how a process like this one is started: its Java, with its options and its class path, up to the main class. */
    static List<String> launch() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            boolean forThisOne = option.startsWith("-agentlib:")
                    || option.startsWith("-javaagent:")
                    || option.startsWith("-Dalign4j.terminal=");
            if (!forThisOne) {
                command.add(option);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    /**
     * What a trainer is started with.
     *
     * @param command starts a JVM with the program's class path, up to the main class
     * @param claim room in the machine's memory, which becomes the trainer's
     * @param variables of the environment, beside this process's own
     */
    record Launch(List<String> command, MemoryLedger.Claim claim, Map<String, String> variables) {
        /** Starts with other variables. */
        Launch with(Map<String, String> other) {
            return new Launch(command, claim, other);
        }
    }

    /**
     * Starts a trainer.
     *
     * @param words of the command line
     * @param answer receives its result or its error, as JSON
     * @param log receives what it says to people, after what is there
     */
    static Trainer start(Launch launch, List<String> words, Path answer, Path log) throws IOException {
        List<String> command = new ArrayList<>(launch.command());
        command.add(Align.class.getName());
        command.addAll(words);
        command.add("--json");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(answer.toFile())
                .redirectError(Redirect.appendTo(log.toFile()));
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
        return new Trainer(process);
    }

    /** Names the process so that no other one is taken for it, whenever its number is used again. */
    String name() {
        return name(process.toHandle());
    }

    private static String name(ProcessHandle handle) {
        return handle.pid() + " " + start(handle);
    }

    private static long start(ProcessHandle handle) {
        return handle.info().startInstant().orElse(Instant.EPOCH).toEpochMilli();
    }

    /** Finds a trainer that is still alive by its name. */
    static Optional<ProcessHandle> living(String name) {
        String[] parts = name.split(" ", 2);
        long began = Long.parseLong(parts[1]);
        return ProcessHandle.of(Long.parseLong(parts[0]))
                .filter(ProcessHandle::isAlive)
                .filter(handle -> Math.abs(start(handle) - began) < CLOCK_MILLIS);
    }

    /** Asks the trainer to save and end. */
    void stop() {
        if (!told) {
            told = true;
            try (OutputStream pipe = process.getOutputStream()) {
                pipe.flush();
            } catch (IOException ended) {
                // It needs no telling any more.
            }
        }
    }

    /** Waits a moment for the trainer's end, and tells whether it ended. */
    boolean await(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    /** Ends a trainer that doesn't end by itself; it goes on from its last checkpoint. */
    void kill() {
        process.destroyForcibly();
    }

    /** Returns how the trainer ended: an exit code of the command line, or what a signal left. */
    int code() {
        return process.exitValue();
    }
}
