package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.examples.lessons.Lesson.Exercise;
import org.align4j.examples.lessons.Lesson.Exercise.Mistake;
import org.jspecify.annotations.Nullable;

/**
 * Tries what a student wrote beside the solution of an exercise, on drawn arguments and at the edges, and says in a sentence what is off.
 * {@link #main} is the program of the process that {@link ExerciseCheck} starts.
 *
 * @param exercise what is asked
 * @param file the student's file, as sentences name it
 * @param signature of the method that is asked
 * @param seed of the drawn arguments
 */
record ExerciseTrial(Exercise exercise, String file, String signature, long seed) {
    private static final int DRAWN = 6;
    private static final double TOLERANCE = 1e-9;
    private static final double LARGE = 300;

    /** Where the process leaves its verdict, in the folder that it is started in. */
    static final Path VERDICT = Path.of("verdict.json");

    /** Where the student's compiled classes lie. */
    static final Path CLASSES = Path.of("classes");

    /**
     * Holds whether a student's method is right, and what is said of it.
     *
     * @param right whether the method agrees with the solution
     * @param says what is off, or that nothing is
     * @param printed the beginning of what the student's code printed
     */
    record Verdict(boolean right, String says, String printed) {}

    /**
     * Tries the classes of the working folder and leaves the verdict there.
     *
     * @param arguments the class of the exercise, the student's file, the signature, the seed, and after how many seconds the process ends
     *     itself, should the one that started it be gone
     */
    public static void main(String[] arguments) throws ReflectiveOperationException, IOException {
        Thread end = new Thread(() -> endAfter(Integer.parseInt(arguments[4])), "end");
        end.setDaemon(true);
        end.start();
        Printed printed = new Printed();
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(stream);
        System.setErr(stream);
        var made = Class.forName(arguments[0]).getDeclaredConstructor();
        made.setAccessible(true);
        ExerciseTrial trial = new ExerciseTrial(
                (Exercise) made.newInstance(), arguments[1], arguments[2], Long.parseLong(arguments[3]));
        Verdict verdict = trial.of(CLASSES);
        if (printed.isFull()) {
            verdict = new Verdict(false, trial.printsTooMuch(), "");
        }
        Files.writeString(VERDICT, Json.text(new Verdict(verdict.right, verdict.says, printed.text())));
        // Threads and hooks that the student's code may have left end here.
        Runtime.getRuntime().halt(0);
    }

    private static void endAfter(int seconds) {
        try {
            Thread.sleep(seconds * 1000L);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    /** Says what is off in compiled classes. */
    Verdict of(Path classes) throws IOException {
        StudentClasses loader = new StudentClasses(classes);
        try {
            Method written = method(loader);
            return written == null ? wrong(requirement(loader)) : tried(written);
        } catch (InvocationTargetException e) {
            return wrong(thrown(e.getCause() == null ? e : e.getCause(), loader));
        } catch (ReflectiveOperationException | LinkageError e) {
            return wrong(thrown(e, loader));
        }
    }

    private static Verdict wrong(String says) {
        return new Verdict(false, says, "");
    }

    private String name() {
        return exercise.solution().getName();
    }

    private @Nullable Method method(StudentClasses loader) throws ReflectiveOperationException, IOException {
        Class<?> type = loader.named(exercise.name());
        if (type == null) {
            return null;
        }
        Method asked = exercise.solution();
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equals(asked.getName())
                    && Arrays.equals(method.getParameterTypes(), asked.getParameterTypes())
                    && method.getReturnType() == asked.getReturnType()
                    && Modifier.isStatic(method.getModifiers())) {
                method.setAccessible(true);
                return method;
            }
        }
        return null;
    }

    private String requirement(StudentClasses loader) throws ReflectiveOperationException, IOException {
        Class<?> type = loader.named(exercise.name());
        if (type == null) {
            return format("%s has no class %s; it needs one with the method: %s.", file, exercise.name(), signature);
        }
        boolean named = Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals(name()));
        return format(
                named
                        ? "%s has a method %s in the class %s, but with other parameters or another result, or not static; required is: %s."
                        : "%s has no method %s in the class %s; required is: %s.",
                file,
                name(),
                exercise.name(),
                signature);
    }

    /** The arguments of all calls, made again each time, since a method may write into an array that it is given. */
    private List<Object[]> calls() {
        Random dice = new Random(seed);
        List<Object[]> calls = new ArrayList<>();
        for (int i = 0; i < DRAWN; i++) {
            calls.add(exercise.draw(dice));
        }
        calls.addAll(Arrays.asList(exercise.edges()));
        return calls;
    }

    /** Returns the numbers that a method returns to each call; null for a call to which it returns null. */
    private List<double @Nullable []> results(Method method) throws ReflectiveOperationException {
        method.setAccessible(true);
        List<double @Nullable []> results = new ArrayList<>();
        for (Object[] call : calls()) {
            results.add(result(method.invoke(null, call)));
        }
        return results;
    }

    private static double @Nullable [] result(@Nullable Object returned) {
        return returned == null ? null : numbers(returned);
    }

    private static double[] numbers(Object value) {
        if (value instanceof double[][] rows) {
            return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        }
        if (value instanceof double[] array) {
            return array.clone();
        }
        return value instanceof Number number ? new double[] {number.doubleValue()} : new double[0];
    }

    /** Compares a method with the solution, and with the typical mistakes where it differs. */
    Verdict tried(Method written) throws ReflectiveOperationException {
        List<double @Nullable []> right = results(exercise.solution());
        List<double @Nullable []> given = results(written);
        int edges = right.size() - DRAWN;
        int first = IntStream.range(0, right.size())
                .filter(call -> !agree(given.get(call), right.get(call)))
                .findFirst()
                .orElse(-1);
        if (first < 0) {
            return new Verdict(
                    true,
                    format(
                            "Right: %s returns what it should in %d calls with random numbers%s.",
                            name(), DRAWN, edges == 0 ? "" : format(" and in %d at the edges", edges)),
                    "");
        }
        String mistake = mistake(given, right);
        String off =
                mistake != null ? mistake : first < DRAWN ? "Wrong:" : overflows(calls().get(first), given.get(first));
        return wrong(off + " " + example(calls().get(first), given.get(first), right.get(first)));
    }

    /** Says what is off where the drawn calls are right and one at an edge isn't. */
    private static String overflows(Object[] call, double @Nullable [] given) {
        boolean large = Arrays.stream(call)
                .map(ExerciseTrial::numbers)
                .flatMapToDouble(Arrays::stream)
                .anyMatch(x -> Math.abs(x) > LARGE);
        return large && given != null && !Arrays.stream(given).allMatch(Double::isFinite)
                ? "It is right for ordinary numbers, and overflows for large ones: exp(710) is infinite. Take the largest exponent off"
                        + " first, or write the formula so that no exponent is above 0."
                : "It is right for ordinary calls, and wrong at an edge.";
    }

    /** Names the mistake that returns the same to every call, or else the same to the drawn ones. */
    private @Nullable String mistake(List<double @Nullable []> given, List<double @Nullable []> right)
            throws ReflectiveOperationException {
        for (int calls : new int[] {right.size(), DRAWN}) {
            for (Method mistake : exercise.mistakes()) {
                List<double @Nullable []> returned = results(mistake);
                if (allAgree(given, returned, calls) && !allAgree(right, returned, calls)) {
                    return mistake.getAnnotation(Mistake.class).value();
                }
            }
        }
        return null;
    }

    private static boolean allAgree(List<double @Nullable []> some, List<double @Nullable []> others, int calls) {
        return IntStream.range(0, calls).allMatch(call -> agree(some.get(call), others.get(call)));
    }

    private static boolean agree(double @Nullable [] some, double @Nullable [] others) {
        return some != null
                && others != null
                && some.length == others.length
                && IntStream.range(0, some.length).allMatch(i -> agree(some[i], others[i]));
    }

    private static boolean agree(double one, double other) {
        // With an infinity in it the quotient is infinite or no number, and not small.
        return Double.compare(one, other) == 0
                || Math.abs(one - other) / Math.max(1, Math.max(Math.abs(one), Math.abs(other))) <= TOLERANCE;
    }

    private String example(Object[] call, double @Nullable [] given, double @Nullable [] right) {
        String asked = format(
                "%s(%s)", name(), Arrays.stream(call).map(ExerciseTrial::text).collect(Collectors.joining(", ")));
        String should = returned(right);
        if (given == null) {
            return format("%s returns null, and should return %s.", asked, should);
        }
        if (right != null && given.length != right.length) {
            return format(
                    "%s returns %d numbers, and should return %d: %s.", asked, given.length, right.length, should);
        }
        boolean none = Arrays.stream(given).anyMatch(Double::isNaN);
        return format(
                "%s returns %s, and should return %s.%s",
                asked,
                returned(given),
                should,
                none
                        ? " NaN is no number: 0/0, ∞ − ∞, 0 · ∞ and the root or logarithm of a negative number make one."
                        : "");
    }

    private String returned(double @Nullable [] numbers) {
        boolean array = exercise.solution().getReturnType().isArray();
        return numbers == null ? "" : text(array ? numbers : numbers[0]);
    }

    private static String text(Object value) {
        if (value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value))
                    .mapToObj(i -> text(Array.get(value, i)))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof String word) {
            return "\"" + word + "\"";
        }
        // Six digits are enough to see a difference, and an argument has fewer.
        return value instanceof Double x && !x.isNaN() && !x.isInfinite()
                ? format("%s", Double.parseDouble(format("%.6g", x)))
                : String.valueOf(value);
    }

    private String printsTooMuch() {
        return format(
                "%s prints more than %,d characters; print less, and nothing inside a loop.", name(), Printed.MOST);
    }

    private String thrown(Throwable failure, StudentClasses loader) {
        String refused = loader.refused;
        if (refused != null) {
            return format(
                    "%s uses %s. An exercise has java.lang, java.util, java.math, java.text, java.time and java.io: no network, no other"
                            + " process, no reflection and no library.",
                    file, refused);
        }
        Throwable cause = failure instanceof ExceptionInInitializerError && failure.getCause() != null
                ? failure.getCause()
                : failure;
        String place = Stream.of(cause.getStackTrace())
                .filter(frame -> file.equals(frame.getFileName()))
                .findFirst()
                .map(frame -> format(" (%s:%d)", file, frame.getLineNumber()))
                .orElse("");
        if (cause instanceof Printed.TooMuch) {
            return printsTooMuch();
        }
        if (cause instanceof StackOverflowError) {
            return format("%s calls itself without end%s.", name(), place);
        }
        if (cause instanceof OutOfMemoryError) {
            return format("%s needs more memory than the %d MiB of an exercise%s.", name(), ExerciseCheck.HEAP, place);
        }
        String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return cause instanceof UnsupportedOperationException && message.contains("not written")
                ? format("%s is not written yet%s.", name(), place)
                : format("%s throws %s%s%s.", name(), cause.getClass().getName(), message, place);
    }

    /** Keeps the beginning of what a student's code prints, and ends code that prints without end. */
    private static final class Printed extends OutputStream {
        static final int MOST = 1_000_000;
        private static final int KEPT = 2000;

        private final StringBuilder kept = new StringBuilder();
        private int count;

        /** Ends a method that prints too much. */
        private static final class TooMuch extends Error {
            private static final long serialVersionUID = 1;
        }

        @Override
        public synchronized void write(int letter) {
            if (count++ > MOST) {
                throw new TooMuch();
            }
            if (count <= KEPT) {
                kept.append((char) (letter & 0xff));
            }
        }

        synchronized boolean isFull() {
            return count > MOST;
        }

        synchronized String text() {
            return new String(kept.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        }
    }

    /**
     * The student's classes, which see a few packages of Java alone. Without classes for it there is no network, no other process and no
     * reflection that leads to either. That holds off a copied snippet or a slip; it isn't made against somebody who seeks a way out.
     */
    private static final class StudentClasses extends ClassLoader {
        private static final List<String> OPEN =
                List.of("java.lang.", "java.util.", "java.math.", "java.text.", "java.time.", "java.io.");
        private static final List<String> SHUT = List.of(
                "java.lang.reflect.",
                "java.lang.foreign.",
                "java.lang.module.",
                "java.lang.Process",
                "java.lang.ClassLoader",
                "java.util.logging.",
                "java.util.prefs.");
        private static final Set<String> SHUT_TYPES = Set.of(
                "java.lang.Runtime", "java.lang.Module", "java.lang.invoke.MethodHandles", "java.util.ServiceLoader");

        private final Path folder;
        private @Nullable String refused;

        StudentClasses(Path folder) {
            super(null);
            this.folder = folder;
        }

        /** Returns the class of a simple name, in whatever package; null where there is none. */
        @Nullable
        Class<?> named(String simpleName) throws ClassNotFoundException, IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                Path found = files.filter(
                                file -> String.valueOf(file.getFileName()).equals(simpleName + ".class"))
                        .findFirst()
                        .orElse(null);
                return found == null
                        ? null
                        : Class.forName(
                                folder.relativize(found)
                                        .toString()
                                        .replaceFirst("\\.class$", "")
                                        .replaceAll("[/\\\\]", "."),
                                true,
                                this);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                Path file = folder.resolve(name.replace('.', '/') + ".class");
                if (known != null) {
                    return known;
                }
                if (Files.isRegularFile(file)) {
                    return read(name, file);
                }
                if (OPEN.stream().noneMatch(name::startsWith)
                        || SHUT.stream().anyMatch(name::startsWith)
                        || SHUT_TYPES.contains(name)) {
                    refused = name;
                    throw new ClassNotFoundException(name);
                }
                return super.loadClass(name, resolve);
            }
        }

        private Class<?> read(String name, Path file) throws ClassNotFoundException {
            try {
                byte[] bytes = Files.readAllBytes(file);
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
