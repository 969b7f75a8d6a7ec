package org.align4j.core.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.align4j.core.cli.train.ChildAlign;

/** A program whose standard output has a line for each operation of the disk below one folder, once it is done. */
public final class ToldDisk {
    /** What such a line is. */
    public static final String TOLD = "disk";

    private static final int SIGKILL = 137;

    private ToldDisk() {}

    /** @param arguments the folder, the program's class, its arguments */
    public static void main(String[] arguments) throws Throwable {
        Path folder = Path.of(arguments[0]).toAbsolutePath().normalize();
        PrintStream out = System.out;
        Disk disk = CurrentDisk.get();
        CurrentDisk.replace((Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, values) -> {
                    try {
                        Object result = method.invoke(disk, values);
                        if (((Path) values[0]).toAbsolutePath().normalize().startsWith(folder)) {
                            out.print(TOLD + "\n");
                            out.flush();
                        }
                        return result;
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                }));
        Class.forName(arguments[1]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(arguments, 2, arguments.length));
    }

    /**
     * Runs a program so and kills it a moment after one of its operations.
     *
     * @param operation the number of the operation, from 1
     * @param nanos how long after it
     * @param below the folder whose operations count
     * @return whether it died of that; else it had ended well before
     */
    public static boolean killedAfter(int operation, long nanos, Path below, Class<?> program, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                ChildAlign.classPath(),
                ToldDisk.class.getName(),
                below.toString(),
                program.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out = process.inputReader();
        int told = 0;
        while (told < operation) {
            String line = out.readLine();
            if (line == null) {
                break;
            }
            told += line.equals(TOLD) ? 1 : 0;
        }
        LockSupport.parkNanos(nanos);
        process.destroyForcibly();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isIn(0, SIGKILL);
        return process.exitValue() == SIGKILL;
    }
}
