package org.align4j.core.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that enters a claim and holds it until its input ends. */
public final class ClaimingProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader said;

    private ClaimingProcess(Process process) {
        this.process = process;
        this.said = process.inputReader(StandardCharsets.UTF_8);
    }

    /** @param arguments the ledger, what for, the bytes, and {@code asked} to enter them only where they are free */
    public static void main(String[] arguments) throws IOException {
        MemoryLedger ledger = new MemoryLedger(Path.of(arguments[0]));
        long bytes = Long.parseLong(arguments[2]);
        boolean entered = true;
        if (arguments[3].equals("asked")) {
            entered = ledger.enterIfFree(arguments[1], bytes, System.out::println) != null;
        } else {
            ledger.enter(arguments[1], bytes, System.out::println);
        }
        System.out.println(entered ? "entered" : "refused");
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            input.readLine();
        }
    }

    static ClaimingProcess start(Path ledger, String what, long bytes, String how) throws IOException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ClaimingProcess(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        classes,
                        ClaimingProcess.class.getName(),
                        ledger.toString(),
                        what,
                        Long.toString(bytes),
                        how))
                .redirectErrorStream(true)
                .start());
    }

    String word() throws IOException {
        return said.readLine();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    void kill() {
        process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        kill();
    }
}
