package org.align4j.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Runs test classes in processes with surefire's settings, as many at a time as surefire would. */
final class Runs {
    private static final int SHOWN_LINES = 14;

    private final Path root;
    private final Poms poms;
    private final PrintStream out;
    private int classes;
    private int passed;
    private int failed;
    private int skipped;
    private final List<String> failures = new ArrayList<>();

    Runs(Path root, Poms poms, PrintStream out) {
        this.root = root;
        this.poms = poms;
        this.out = out;
    }

    /** A process's worth of tests, all of one module. */
    private record Batch(Poms.Module module, List<String> tests) {}

    /**
     * Runs test classes, the first ones first.
     *
     * @param tests class names with slashes
     * @param whole those of them that run with all their tests, however long these take
     * @return whether all passed
     */
    boolean run(List<String> tests, Set<String> whole, Program program) throws IOException {
        int processes = Math.max(1, Integer.parseInt(poms.property("tests.processes")));
        Map<String, List<String>> byModule = new LinkedHashMap<>();
        for (String test : tests) {
            String module = poms.moduleOf(program.types().get(test).source()).folder();
            byModule.computeIfAbsent(module, any -> new ArrayList<>())
                    .add((whole.contains(test) ? "+" : "") + test.replace('/', '.'));
        }
        ArrayDeque<Batch> waiting = new ArrayDeque<>();
        byModule.forEach((module, names) -> {
            int parts = poms.surefire(poms.moduleOf(module + "/pom.xml"), "")
                                    .getOrDefault("forkCount", "")
                                    .equals("1")
                            || names.size() < 8
                    ? 1
                    : processes;
            for (int part = 0; part < parts; part++) {
                List<String> own = new ArrayList<>();
                for (int i = part; i < names.size(); i += parts) {
                    own.add(names.get(i));
                }
                waiting.add(new Batch(poms.moduleOf(module + "/pom.xml"), own));
            }
        });
        List<Thread> workers = new ArrayList<>();
        List<IOException> troubles = new ArrayList<>();
        for (int number = 1; number <= processes; number++) {
            int fork = number;
            Thread worker = new Thread(() -> {
                for (Batch batch = next(waiting); batch != null; batch = next(waiting)) {
                    try {
                        fork(batch, fork);
                    } catch (IOException e) {
                        synchronized (troubles) {
                            troubles.add(e);
                        }
                    }
                }
            });
            worker.start();
            workers.add(worker);
        }
        for (Thread worker : workers) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        if (!troubles.isEmpty()) {
            throw troubles.get(0);
        }
        out.println("test: " + classes + " classes: " + passed + " tests passed, " + failed + " failed, " + skipped
                + " skipped");
        failures.forEach(failure -> out.println("test: FAILED " + failure));
        return failures.isEmpty();
    }

    private static Batch next(ArrayDeque<Batch> waiting) {
        synchronized (waiting) {
            return waiting.poll();
        }
    }

    private void fork(Batch batch, int number) throws IOException {
        Poms.Module module = batch.module();
        ProcessBuilder builder = process(module, number);
        builder.command().add("org.align4j.testing.Fork");
        builder.command().add(poms.property("excludedGroups"));
        builder.command().addAll(batch.tests());
        builder.redirectErrorStream(true);
        Path log = root.resolve("target/quick/logs").resolve(module.folder().replace('/', '-') + "-" + number + ".log");
        Files.createDirectories(log.getParent());
        Process process = builder.start();
        Set<String> left = new HashSet<>(batch.tests());
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                PrintStream kept = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("@align4j-test@")) {
                    said(line.substring("@align4j-test@".length()).split("\t", -1), left, log);
                } else {
                    kept.println(line);
                }
            }
        } finally {
            process.destroy();
        }
        synchronized (this) {
            left.forEach(test -> {
                out.println("FAILED " + test + ": its process ended before it; " + root.relativize(log)
                        + " has its output");
                failures.add(test + " (its process ended)");
            });
        }
    }

    private synchronized void said(String[] words, Set<String> left, Path log) {
        if (words[0].equals("failed")) {
            String trace = new String(Base64.getDecoder().decode(words[3]), StandardCharsets.UTF_8);
            failures.add(words[1] + "#" + words[2]);
            out.println("FAILED " + words[1] + "#" + words[2] + "   (whole output: " + root.relativize(log) + ")");
            trace.lines()
                    .filter(line -> !line.matches("\\s+at (org\\.junit|java\\.base|jdk\\.).*"))
                    .limit(SHOWN_LINES)
                    .forEach(line -> out.println("    " + line));
            return;
        }
        left.remove(words[1]);
        left.remove("+" + words[1]);
        classes++;
        passed += Integer.parseInt(words[2]);
        failed += Integer.parseInt(words[3]);
        skipped += Integer.parseInt(words[4]);
        out.println(String.format(
                "%-6s %6.1f s  %s (%s)",
                words[3].equals("0") ? "ok" : "FAILED", Long.parseLong(words[5]) / 1000.0, words[1], words[2]));
    }

    /** A Java process with the settings of surefire's processes of the module, up to the main class. */
    ProcessBuilder process(Poms.Module module, int number) throws IOException {
        Map<String, String> further = new HashMap<>();
        further.put(
                "project.build.directory",
                root.resolve(module.output(false)).getParent().toString());
        further.put("surefire.forkNumber", Integer.toString(number));
        further.put("maven.multiModuleProjectDirectory", root.toString());
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        String options = poms.filled(poms.surefire(module, "").getOrDefault("argLine", ""), further)
                .strip();
        if (!options.isEmpty()) {
            command.addAll(List.of(options.split("\\s+")));
        }
        poms.surefire(module, "systemPropertyVariables")
                .forEach((name, value) -> command.add("-D" + name + "=" + poms.filled(value, further)));
        List<Path> path = new ArrayList<>(module.classPath());
        path.addAll(poms.launcher());
        command.addAll(
                List.of("-cp", path.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.resolve(module.folder()).toFile());
        poms.surefire(module, "environmentVariables")
                .forEach((name, value) -> builder.environment().put(name, poms.filled(value, further)));
        Path cache = Path.of(builder.environment()
                .getOrDefault("ALIGN4J_CACHE", root.resolve("target").toString()));
        try {
            Files.createDirectories(cache);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return builder;
    }
}
