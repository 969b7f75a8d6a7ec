package org.align4j.core.fuzz;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;

/** What Jazzer calls: {@code --target_class=org.align4j.core.fuzz.Fuzzing --target_args=SAFETENSORS}. */
public final class Fuzzing {
    /** Begins the line that says how many inputs were tried. */
    static final String INPUTS = "Inputs tried: ";

    /** Begins the line that names the file with an input whose reader hangs. */
    static final String HANG = "Hangs: ";

    private static final long HANG_SECONDS = 30;

    private static FuzzInput inputs;
    private static byte[] input = new byte[0];
    private static volatile long tried;
    private static boolean ended;

    private Fuzzing() {}

    /** Chooses the target by its name. */
    public static void fuzzerInitialize(String[] arguments) throws IOException {
        Path memory = Path.of("/dev/shm");
        Path folder = Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "align4j-fuzz")
                : Files.createTempDirectory("align4j-fuzz");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(folder)));
        new Timer("hangs", true).schedule(new Watch(Thread.currentThread()), 1000, 1000);
        FuzzTargets target = FuzzTargets.valueOf(arguments[0]);
        inputs = new FuzzInput(target, folder, target.allowance());
    }

    /** Reads one input; what isn't promised ends in an error, which Jazzer reports. */
    public static synchronized void fuzzerTestOneInput(byte[] given) throws Throwable {
        while (ended) {
            Fuzzing.class.wait();
        }
        input = given;
        tried++;
        try {
            inputs.read(given);
        } catch (FuzzInput.Broken broken) {
            // Findings are told apart by where they come from. What is measured is measured when the corpus is read
            // again: here Jazzer's own work counts as the reader's.
            if (broken.getCause() != null) {
                throw broken.getCause();
            }
        }
    }

    /** Waits for the input that is being read; no other comes, so that none meets a folder that is gone. */
    private static synchronized void end(Path folder) {
        ended = true;
        System.err.println(INPUTS + tried);
        try {
            FuzzFiles.delete(folder);
        } catch (IOException left) {
            System.err.println("left behind: " + folder);
        }
    }

    /** Ends the process where an input takes too long on the processor: Jazzer looks at the clock, which goes on while a process waits. */
    private static final class Watch extends TimerTask {
        private final Thread reader;
        private long seen;
        private long begin;

        Watch(Thread reader) {
            this.reader = reader;
        }

        @Override
        public void run() {
            long spent = ManagementFactory.getThreadMXBean().getThreadCpuTime(reader.getId());
            if (seen != tried) {
                seen = tried;
                begin = spent;
            } else if (TimeUnit.NANOSECONDS.toSeconds(spent - begin) >= HANG_SECONDS) {
                try {
                    System.err.println(HANG + Files.write(Files.createTempFile(Path.of(""), "hang-", ""), input));
                } catch (IOException lost) {
                    System.err.println(HANG + lost);
                }
                for (StackTraceElement each : reader.getStackTrace()) {
                    System.err.println("\tat " + each);
                }
                System.err.println(INPUTS + tried);
                Runtime.getRuntime().halt(1);
            }
        }
    }
}
