package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.examples.lessons.LessonSource.Part;
import org.jspecify.annotations.Nullable;

/** A short program that {@code align lesson N} runs; found by {@link java.util.ServiceLoader}. */
public abstract class Lesson {
    private final int number;
    private final String title;
    private final @Nullable Exercise exercise;

    /**
     * Names a lesson.
     *
     * @param number from 1
     * @param title the question that the lesson answers
     */
    protected Lesson(int number, String title) {
        this(number, title, null);
    }

    /**
     * Names a lesson with an exercise that checks itself.
     *
     * @param number from 1
     * @param title the question that the lesson answers
     * @param exercise is nested in the lesson's class; null for none
     */
    protected Lesson(int number, String title, @Nullable Exercise exercise) {
        this.number = number;
        this.title = title;
        this.exercise = exercise;
    }

    /** Returns the lesson's number, from 1. */
    public final int number() {
        return number;
    }

    /** Returns the question that the lesson answers. */
    public final String title() {
        return title;
    }

    /** Returns the exercise that checks itself; null where the lesson has none. */
    public final @Nullable Exercise exercise() {
        return exercise;
    }

    /**
     * Reads from top to bottom: question, data, what it computes, what it prints, what the numbers don't tell, exercise with its answer. A block
     * comment between two statements is prose in Markdown: the lesson's page and its notebook show it, and the code between two of them is a
     * cell, which runs by itself in a shell. So a cell is whole statements, and models are opened by the sheet, which closes them. A lesson
     * without such comments says everything by {@link LessonSheet#say}: its page has what it prints, and its program folded below.
     */
    public abstract void teach(LessonSheet sheet) throws IOException;

    /** Is {@code align lesson N}: teaches at the terminal, at full scale, and ends the program; what is missing is a sentence, and exit code 2. */
    public final void run() throws IOException {
        Align.main(new String[] {"lesson", String.valueOf(number)});
    }

    /**
     * An exercise that checks itself: a method that a student writes. A lesson nests the subclass, whose first member is the solution: a static
     * method that returns a number or an array of numbers. Its comment is the task. The starter file, the lesson's page with its folded answer
     * and the check are made of it. Static methods that carry {@link Mistake} return what a typical mistake returns; other static methods are
     * private.
     */
    public abstract static class Exercise {
        private static final String MISSING = "throw new UnsupportedOperationException(\"not written yet\");";
        private static final Pattern COMMENT_EDGE = Pattern.compile("(?m)^\\s*(?:/\\*\\*|\\*/|\\* ?)|\\*/$");
        private static final Pattern PARAMETER = Pattern.compile("@param (\\w+) ");
        private static final Pattern CODE = Pattern.compile("\\{@code\\s+([^}]*)}");

        /** Marks a method with the solution's parameters that returns what a typical mistake returns. */
        @Retention(RetentionPolicy.RUNTIME)
        @Target(ElementType.METHOD)
        public @interface Mistake {
            /** The sentences that name the mistake. */
            String value();
        }

        /** Draws the arguments of an ordinary call. */
        protected abstract Object[] draw(Random dice);

        /** Returns the arguments of calls at an edge, such as numbers whose exponential overflows. */
        protected Object[][] edges() {
            return new Object[0][];
        }

        /** Returns arguments as the list that a call takes. */
        protected static Object[] call(Object... arguments) {
            return arguments;
        }

        /** Draws numbers between two bounds, with three decimals so that a person can type them. */
        protected static double[] numbers(Random dice, int count, double low, double high) {
            return dice.doubles(count, low, high)
                    .map(x -> Math.round(x * 1000) / 1000.0)
                    .toArray();
        }

        /** Draws one number between two bounds. */
        protected static double number(Random dice, double low, double high) {
            return numbers(dice, 1, low, high)[0];
        }

        /** Draws the probabilities of some answers, which add up to 1. */
        protected static double[] shares(Random dice, int count) {
            double[] weights = numbers(dice, count, 0.05, 1);
            double sum = Arrays.stream(weights).sum();
            return Arrays.stream(weights).map(weight -> weight / sum).toArray();
        }

        /** Returns the name of the class that a student writes. */
        public final String name() {
            return getClass().getSimpleName();
        }

        /** Returns the method that is right. */
        final Method solution() {
            return methods()
                    .filter(method -> !method.isAnnotationPresent(Mistake.class))
                    .findFirst()
                    .orElseThrow();
        }

        /** Returns the methods of the typical mistakes, by name. */
        final List<Method> mistakes() {
            return methods()
                    .filter(method -> method.isAnnotationPresent(Mistake.class))
                    .sorted(Comparator.comparing(Method::getName))
                    .toList();
        }

        private Stream<Method> methods() {
            return Arrays.stream(getClass().getDeclaredMethods())
                    .filter(method ->
                            Modifier.isStatic(method.getModifiers()) && !Modifier.isPrivate(method.getModifiers()));
        }

        /** Returns the solution's signature in one line, as its source has it. */
        static String signature(Part solution) {
            return format(
                            "static %s",
                            solution.text().substring(0, body(solution)).replaceAll("\\s+", " "))
                    .replace("( ", "(");
        }

        private static int body(Part solution) {
            return solution.text().indexOf(" {\n");
        }

        /** Returns the file that a student starts from: the task above a method that isn't written yet. */
        final String starter(int lesson, Part solution) {
            String method = "static " + solution.text().substring(0, body(solution)) + " {\n    " + MISSING + "\n}";
            return format(
                    "// The exercise of lesson %d. It is checked by: ./align lesson %d --check %s.java\nimport java.util.*;\n\nclass %s {\n%s}\n",
                    lesson, lesson, name(), name(), (solution.documentation() + "\n" + method).indent(4));
        }

        /** Returns what the lesson's page says of the exercise, in Markdown, with the folded answer. */
        final String prose(int lesson, Part solution) {
            String task = COMMENT_EDGE
                    .matcher(solution.documentation())
                    .replaceAll("")
                    .strip();
            Matcher first = PARAMETER.matcher(task);
            int end = first.find() ? first.start() : task.length();
            String list = PARAMETER.matcher(task.substring(end)).replaceAll("- `$1`: ");
            String text =
                    CODE.matcher(task.substring(0, end).strip() + "\n\n" + list).replaceAll("`$1`");
            return format(
                    "## Exercise that checks itself\n\nWrite this method:\n\n    %s\n\n%s\n\n    ./align lesson %d --starter %s.java\n    ./align lesson %d --check %s.java\n\n"
                            + "The first command writes a file with the empty method. The second one compiles what you made of it, runs it and says what"
                            + " is off ([how](lessons.md#exercises-that-check-themselves)).\n\nAnswer: One way to write it:\n\n%s",
                    signature(solution),
                    text,
                    lesson,
                    name(),
                    lesson,
                    name(),
                    ("static " + solution.text()).indent(4).stripTrailing());
        }
    }
}
