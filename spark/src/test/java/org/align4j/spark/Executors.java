package org.align4j.spark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Spark's executors on this machine that descend from a process. */
record Executors(ProcessHandle of) {
    private static final String CLASS = "org.apache.spark.executor.CoarseGrainedExecutorBackend";

    /** Those that this process started. */
    static Executors own() {
        return new Executors(ProcessHandle.current());
    }

    /** The executors that are there, oldest first. */
    List<ProcessHandle> list() {
        return of.descendants().filter(Executors::isOne).sorted().toList();
    }

    /** Java itself tells the first 4 KiB of a command line. */
    private static boolean isOne(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), ISO_8859_1)
                    .contains(CLASS);
        } catch (IOException ended) {
            return false;
        }
    }

    /** SIGKILL for one of them, if there is any. */
    boolean kill(Random random) {
        List<ProcessHandle> all = list();
        return !all.isEmpty() && all.get(random.nextInt(all.size())).destroyForcibly();
    }

    /** SIGSTOP. */
    static void freeze(ProcessHandle executor) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(executor.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
