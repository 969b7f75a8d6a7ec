package org.align4j.serve.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.HeldDisk;
import org.align4j.serve.store.HeldStore;

/** A server of jobs in a process of its own, which ends when all its jobs have, or dies before one of its writes. */
public final class ChildServer {
    private static final int HALTED = 99;
    private static final long LOOK_MILLIS = 20;
    private static final int MINUTES = 3;

    private final Process process;

    private ChildServer(Process process) {
        this.process = process;
    }

    /** @param arguments the folder, and before which of its writes the process dies; 0: before none */
    public static void main(String[] arguments) throws InterruptedException {
        AtomicInteger writes = haltBefore(Integer.parseInt(arguments[1]));
        try (JobBench bench = JobBench.open(Path.of(arguments[0]))) {
            List<Job> jobs = bench.jobs
                    .list(JobBench.PROJECT, null, 100, java.util.Map.of())
                    .items();
            while (jobs.stream().anyMatch(job -> !job.standing().state().isFinal())) {
                Thread.sleep(LOOK_MILLIS);
                jobs = bench.jobs
                        .list(JobBench.PROJECT, null, 100, java.util.Map.of())
                        .items();
            }
        }
        System.out.println("writes " + writes.get());
    }

    /** Lets this process die before one of its writes to the disk or the database, 0 for none, and counts them. */
    public static AtomicInteger haltBefore(int last) {
        AtomicInteger writes = new AtomicInteger();
        Runnable count = () -> {
            if (writes.incrementAndGet() == last) {
                Runtime.getRuntime().halt(HALTED);
            }
        };
        HeldDisk.hold(count);
        HeldStore.hold(count);
        return writes;
    }

    /** Starts a server of jobs over a folder. */
    static ChildServer start(Path folder, int halt) throws IOException {
        return start(ChildServer.class, folder, halt);
    }

    /** Starts a class's main method with a folder and the number of the write before which it dies. */
    public static ChildServer start(Class<?> main, Path folder, int halt) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xms128m",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-Dalign4j.root=" + System.getProperty("align4j.root"),
                "-cp",
                ChildAlign.classPath(),
                main.getName(),
                folder.toString(),
                Integer.toString(halt)));
        File log = folder.resolve("server.log").toFile();
        return new ChildServer(new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .redirectError(ProcessBuilder.Redirect.appendTo(log))
                .start());
    }

    /** Waits for the server's end, and tells whether all its jobs had ended. */
    public boolean end() throws InterruptedException {
        assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isIn(0, HALTED);
        return process.exitValue() == 0;
    }

    /** Whether the process is there. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Kills the server. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** The trainers that the server started. */
    List<ProcessHandle> trainers() {
        return process.descendants().toList();
    }

    /** The processes that say a folder on their command line. */
    static Stream<ProcessHandle> over(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> process.info().arguments().stream()
                        .flatMap(Stream::of)
                        .anyMatch(argument -> argument.contains(folder.toString())));
    }
}
