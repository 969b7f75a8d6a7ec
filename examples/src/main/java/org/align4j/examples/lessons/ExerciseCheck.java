package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.stop.StopSignal;
import org.align4j.examples.lessons.ExerciseTrial.Verdict;
import org.align4j.examples.lessons.Lesson.Exercise;
import org.align4j.examples.lessons.LessonSource.Part;
import org.jspecify.annotations.Nullable;

/**
 * Checks a student's file for the exercise of a lesson: compiles it, and tries it in a process of its own, which is ended after a while.
 *
 * @param number of the lesson
 * @param exercise of the lesson
 * @param solution the source of the method that is asked
 * @param compiler of this Java; null where it has none
 * @param seconds that the student's code may take
 */
record ExerciseCheck(
        int number,
        Exercise exercise,
        Part solution,
        @Nullable JavaCompiler compiler,
        int seconds) {
    /** The memory of a student's process, in MiB. */
    static final int HEAP = 256;

    private static final int UNTIL_IT_ENDS_ITSELF = 10;
    private static final long LOOK_MILLIS = 50;

    /**
     * Holds what a check of a student's file says, and the command's exit code.
     *
     * @param code 0 right, 1 wrong, 2 not compiled
     * @param lines for a person
     */
    record Result(int code, List<String> lines) {}

    /**
     * Finds the exercise of a lesson.
     *
     * @param compiler of this Java; null where it has none
     * @throws InputException where the lesson has none
     */
    static ExerciseCheck of(Lesson lesson, @Nullable JavaCompiler compiler, int seconds) throws IOException {
        Exercise exercise = lesson.exercise();
        Part solution = exercise == null ? null : LessonSource.of(lesson).solution();
        if (exercise == null || solution == null) {
            throw new InputException(format("Lesson %d has no exercise that checks itself.", lesson.number()));
        }
        return new ExerciseCheck(lesson.number(), exercise, solution, compiler, seconds);
    }

    /**
     * Writes the file that a student starts from.
     *
     * @throws InputException where the file is there already
     */
    void start(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InputException(
                    format("%s is there already and stays as it is; name another file for the starter.", file));
        }
        requireJava(file);
        Folders.makeParent(file);
        Files.writeString(file, exercise.starter(number, solution), StandardOpenOption.CREATE_NEW);
    }

    private static void requireJava(Path file) {
        if (!file.toString().endsWith(".java")) {
            throw new InputException(format("%s is no Java file: its name must end in .java.", file));
        }
    }

    /**
     * Checks a file.
     *
     * @throws InputException where it can't be read, or this Java has no compiler
     */
    Result check(Path file) throws IOException {
        JavaCompiler javac = compiler;
        if (javac == null) {
            throw new InputException(
                    "This Java has no compiler, which a check needs; install a JDK 17 or later, or set JAVA_HOME to one.");
        }
        requireJava(file);
        String name = String.valueOf(file.getFileName());
        Path folder = Folders.makeTemporary("align4j-exercise-");
        try {
            Path classes = folder.resolve(ExerciseTrial.CLASSES);
            Folders.makePrivate(classes);
            List<String> errors = compile(javac, name, text(file), classes);
            if (!errors.isEmpty()) {
                return new Result(2, errors);
            }
            Verdict verdict = tried(folder, name);
            String printed = verdict.printed().stripTrailing();
            return new Result(
                    verdict.right() ? 0 : 1,
                    printed.isEmpty() ? List.of(verdict.says()) : List.of(verdict.says(), "It printed: " + printed));
        } finally {
            Folders.deleteTree(folder);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new InputException(format("%s is no text in UTF-8, as a Java file must be.", file), e);
        } catch (IOException e) {
            throw new InputException(format("%s can't be read: %s.", file, FileFailure.reason(e)), e);
        }
    }

    /** Compiles a source, which sees Java alone; returns the compiler's errors, each with its line of the source. */
    static List<String> compile(JavaCompiler javac, String name, String text, Path classes) {
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        JavaFileObject source =
                new SimpleJavaFileObject(
                        URI.create("string:///" + name.replaceAll("[^\\w.$-]", "_")), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return text;
                    }
                };
        List<String> options =
                List.of("-d", classes.toString(), "-classpath", classes.toString(), "-proc:none", "-nowarn");
        if (javac.getTask(null, null, found, options, null, List.of(source)).call()) {
            return List.of();
        }
        List<String> lines = text.lines().toList();
        List<String> errors = found.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(diagnostic -> error(name, diagnostic, lines))
                .toList();
        return errors.isEmpty() ? List.of(format("%s doesn't compile.", name)) : errors;
    }

    private static String error(String name, Diagnostic<?> diagnostic, List<String> lines) {
        int line = (int) diagnostic.getLineNumber();
        String message = diagnostic
                .getMessage(Locale.ROOT)
                .replaceAll("\\s*\\R\\s*", ", ")
                .replaceAll(" +", " ");
        return line < 1 || line > lines.size()
                ? format("%s: %s", name, message)
                : format(
                        "%s:%d: %s\n    %s",
                        name, line, message, lines.get(line - 1).strip());
    }

    private Verdict tried(Path folder, String name) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP + "m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
                        "-Dfile.encoding=UTF-8",
                        "-cp",
                        classPath(),
                        ExerciseTrial.class.getName(),
                        exercise.getClass().getName(),
                        name,
                        Exercise.signature(solution),
                        String.valueOf(System.nanoTime()),
                        String.valueOf(seconds + UNTIL_IT_ENDS_ITSELF))
                .directory(folder.toFile())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                StopSignal.throwIfStopped();
                if (System.nanoTime() > end) {
                    return new Verdict(
                            false,
                            format(
                                    "%s was ended after %d s: a loop in it doesn't end, or it waits for something.",
                                    exercise.solution().getName(), seconds),
                            "");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The check was interrupted.", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        Path left = folder.resolve(ExerciseTrial.VERDICT);
        return Files.exists(left)
                ? Json.read(left, Verdict.class)
                : new Verdict(
                        false,
                        format(
                                "%s ended its process, with exit code %d; leave out System.exit.",
                                exercise.solution().getName(), process.exitValue()),
                        "");
    }

    /** The class path of this process, whose relative entries the student's process would seek in its own folder. */
    private static String classPath() {
        return Splitter.on(File.pathSeparatorChar)
                .splitToStream(System.getProperty("java.class.path", ""))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
