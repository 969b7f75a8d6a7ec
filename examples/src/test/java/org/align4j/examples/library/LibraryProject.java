package org.align4j.examples.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The project {@code examples/library}, built against the modules as a user's build does.
 *
 * @param classes its class files
 */
record LibraryProject(Path classes) {
    static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    static final Path FOLDER = ROOT.resolve("examples/library");
    static final Path DEMO = ROOT.resolve("data/demo");

    private static final long MOST_SECONDS = 600;

    /** Compiles it, with every warning an error. */
    static LibraryProject build(Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(FOLDER.resolve("src/main/java"))) {
            List<Path> java =
                    sources.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(java).hasSizeGreaterThan(1);
            List<String> options = List.of(
                    "-d",
                    classes.toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "--release",
                    "17",
                    "-proc:none",
                    "-Xlint:all,-path,-classfile",
                    "-Werror");
            boolean built = compiler.getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(java))
                    .call();
            assertThat(built).as(said.toString()).isTrue();
        }
        return new LibraryProject(classes);
    }

    /** Calls one of its programs' methods in this process. */
    String call(String program, String method, Path runs) throws ReflectiveOperationException, IOException {
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {classes.toUri().toURL()}, Thread.currentThread().getContextClassLoader())) {
            Method found = loader.loadClass("com.example." + program).getDeclaredMethod(method, Path.class, Path.class);
            found.setAccessible(true);
            return (String) found.invoke(null, DEMO, runs);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(program + "." + method + " failed", e.getCause());
        }
    }

    /**
     * Starts one of its programs in a JVM that was told nothing: no property, no variable, no logging library.
     *
     * @param output the standard output
     * @param log the standard error
     */
    record Ended(int code, String output, String log) {}

    Ended start(String program, Path runs) throws IOException, InterruptedException {
        String libraries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("logback"))
                .filter(entry ->
                        !entry.endsWith(Path.of("examples", "target", "classes").toString()))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classes + File.pathSeparator + libraries, "com.example." + program));
        command.addAll(List.of(DEMO.toString(), runs.toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment
                .keySet()
                .removeIf(name -> name.matches("(OMP|MKL|DJL|ALIGN4J|MALLOC)_.*|OPT_OUT_TRACKING|RUST_FLAVOR"));
        Path output = Files.createTempFile("library", ".out");
        Path log = Files.createTempFile("library", ".err");
        try {
            Process process = builder.redirectOutput(output.toFile())
                    .redirectError(log.toFile())
                    .start();
            boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            assertThat(ended).as(program + " ends in time").isTrue();
            return new Ended(process.exitValue(), Files.readString(output), Files.readString(log));
        } finally {
            Files.delete(output);
            Files.delete(log);
        }
    }
}
