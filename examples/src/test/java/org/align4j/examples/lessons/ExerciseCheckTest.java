package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.tools.ToolProvider;
import org.align4j.core.cli.Align;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.Lesson.Exercise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code align lesson N --starter} and {@code --check} do with whatever a student gives them. Lesson 4 asks for two numbers and one more. */
class ExerciseCheckTest {
    private static final String SIGNATURE = "static double derivative(double d, double beta)";
    private static final String RIGHT = "return -2 * beta * Math.max(0, 1 - beta * d);";

    @TempDir
    Path folder;

    @BeforeEach
    void home() {
        System.setProperty("align4j.home", System.getProperty("align4j.root"));
    }

    @AfterEach
    void noHome() {
        System.clearProperty("align4j.home");
    }

    private Path written(String body) throws IOException {
        return Files.writeString(folder.resolve("Mine.java"), "class HingeDerivative {\n    " + body + "\n}\n");
    }

    private Path method(String body) throws IOException {
        return written(SIGNATURE + " {\n        " + body + "\n    }");
    }

    private static ExerciseCheck check(int seconds) throws IOException {
        return ExerciseCheck.of(Lessons.of(4), ToolProvider.getSystemJavaCompiler(), seconds);
    }

    /** Runs the command, whose process of the student's code has 60 seconds; what it says and returns. */
    private static String said(int code, String... words) {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, words))
                .as(terminal.captureLog() + terminal.captureOutput())
                .isEqualTo(code);
        return (terminal.captureOutput() + terminal.captureLog()).strip();
    }

    private static String checked(int code, Path file) {
        return said(code, "lesson", "4", "--check", file.toString());
    }

    @Test
    void theStarterIsWrittenOnceAndStays() throws IOException {
        Path file = folder.resolve("new/HingeDerivative.java");
        assertThat(said(0, "lesson", "4", "--starter", file.toString()))
                .isEqualTo("Wrote " + file + ". Then: ./align lesson 4 --check " + file);
        assertThat(file).content().contains("class HingeDerivative {", SIGNATURE + " {", "not written yet");
        Files.writeString(file, "mine");
        assertThat(said(2, "lesson", "4", "--starter", file.toString())).contains("is there already and stays");
        assertThat(file).hasContent("mine");
    }

    @Test
    void aRightMethodIsRight() throws IOException {
        assertThat(checked(0, method("System.out.println(\"d is \" + d);\n        " + RIGHT)))
                .startsWith("Right: derivative returns what it should in 6 calls with random numbers and in 5 at the"
                        + " edges.\n"
                        + "It printed: d is ");
    }

    @Test
    void aMistakeIsNamedWithAnExample() throws IOException {
        assertThat(checked(1, method("return 2 * beta * Math.max(0, 1 - beta * d);")))
                .startsWith("The sign is wrong: ")
                .containsPattern("derivative\\(-?[0-9.]+, 0\\.\\d+\\) returns [0-9.]+, and should return -[0-9.]+\\.");
    }

    /** The compiler's lines name the student's file. */
    @Test
    void whatDoesNotCompileSaysWhere() throws IOException {
        assertThat(checked(2, method("retrun 1;"))).contains("Mine.java:3: ", "retrun 1;");
        assertThat(checked(2, method("return beta / delta;")))
                .isEqualTo("Mine.java:3: cannot find symbol, symbol: variable delta, location: class HingeDerivative\n"
                        + "    return beta / delta;");
        Path text = Files.writeString(folder.resolve("Text.java"), "The derivative is -2 beta.\n");
        assertThat(checked(2, text)).startsWith("Text.java:1: ");
    }

    @Test
    void aFileThatIsNoJavaIsNamed() throws IOException {
        assertThat(checked(2, folder.resolve("None.java"))).contains("None.java can't be read: ");
        Path text = Files.writeString(folder.resolve("mine.txt"), "x");
        assertThat(checked(2, text)).contains("is no Java file: its name must end in .java");
        Path bytes = Files.write(folder.resolve("Bytes.java"), "class Ä {}".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(checked(2, bytes)).contains("is no text in UTF-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "static double derivation(double d, double beta) { return 1; } | Mine.java has no method derivative in"
                        + " the class HingeDerivative; required is: static double derivative(double d, double beta).",
                "static double derivative(double d) { return 1; } | but with other parameters or another result, or"
                        + " not static; required is: static double derivative",
                "static float derivative(double d, double beta) { return 1; } | but with other parameters",
                "double derivative(double d, double beta) { return 1; } | or not static; required is",
                "} class Other { | has no method derivative",
                "static double derivative(double d, double beta) { throw new IllegalStateException(\"no\"); } |"
                        + " derivative throws java.lang.IllegalStateException: no (Mine.java:2).",
                "static double derivative(double d, double beta) { return derivative(d, beta); } | derivative calls"
                        + " itself without end (Mine.java:2).",
                "static double derivative(double d, double beta) { return 0 * Double.NaN; } | returns NaN, and should"
                        + " return",
                "static double derivative(double d, double beta) { return new double[1 << 30][].length; } | derivative"
                        + " needs more memory than the 256 MiB of an exercise",
                "static int n = 1 / 0; static double derivative(double d, double beta) { return n; } | derivative"
                        + " throws java.lang.ArithmeticException: / by zero (Mine.java:2).",
                "static double derivative(double d, double beta) throws Exception { new java.net.Socket(\"localhost\","
                        + " 80); return 1; } | Mine.java uses java.net.Socket. An exercise has java.lang",
                "static double derivative(double d, double beta) throws Exception { new"
                        + " ProcessBuilder(\"ls\").start(); return 1; } | Mine.java uses java.lang.ProcessBuilder. An"
                        + " exercise has",
                "static double derivative(double d, double beta) { new java.io.File(\"x\").delete(); return 1; } |"
                        + " Mine.java uses java.io.File.",
                "static double derivative(double d, double beta) { java.util.function.Function<String, Object> f ="
                        + " java.io.File::new; f.apply(\"x\"); return 1; } | Mine.java uses java.io.File.",
                "static double derivative(double d, double beta) throws Exception { new"
                        + " java.io.FileWriter(\"x\").close(); return 1; } | Mine.java uses java.io.FileWriter.",
                "static double derivative(double d, double beta) throws Exception { new"
                        + " java.io.RandomAccessFile(\"x\", \"rw\").close(); return 1; } | Mine.java uses"
                        + " java.io.RandomAccessFile.",
                "static double derivative(double d, double beta) throws Exception {"
                        + " java.nio.file.Files.delete(java.nio.file.Path.of(\"x\")); return 1; } | Mine.java uses"
                        + " java.nio.file.",
                "static double derivative(double d, double beta) throws Exception { new"
                        + " java.io.PrintWriter(\"x\").close(); return 1; } | Mine.java uses java.io.PrintWriter with a"
                        + " file's name.",
                "static double derivative(double d, double beta) throws Exception { new java.io.PrintStream(\"x\","
                        + " \"UTF-8\").close(); return 1; } | Mine.java uses java.io.PrintStream with a file's name.",
                "static double derivative(double d, double beta) throws Exception { new"
                        + " java.util.Formatter(\"x\").close(); return 1; } | Mine.java uses java.util.Formatter with a"
                        + " file's name.",
                "static class P extends java.io.PrintStream { P() throws Exception { super(\"x\"); } } static double"
                        + " derivative(double d, double beta) throws Exception { new P(); return 1; } | Mine.java uses"
                        + " java.io.PrintStream with a file's name.",
                "static double derivative(double d, double beta) { System.load(\"/x\"); return 1; } | Mine.java uses"
                        + " System.load.",
                "static double derivative(double d, double beta) throws Exception { return"
                        + " Class.forName(\"java.net.Socket\", true, null).getMethods()[0].getModifiers(); } | Mine.java"
                        + " uses java.lang.reflect.Method.",
                "static double derivative(double d, double beta) throws Exception { return"
                        + " Class.forName(\"org.align4j.core.Dpo\").getModifiers(); } | Mine.java uses"
                        + " org.align4j.core.Dpo.",
            })
    void whatAStudentsClassLacksOrDoesIsSaid(String body, String says) throws IOException {
        assertThat(tried(Files.readString(written(body)))).contains(says);
    }

    /** Tries a class in this process, which isn't right; what is said of it. */
    private String tried(String text) throws IOException {
        Path classes = Files.createDirectory(folder.resolve("classes"));
        assertThat(ExerciseCheck.compile(ToolProvider.getSystemJavaCompiler(), "Mine.java", text, classes))
                .isEmpty();
        Exercise exercise = Objects.requireNonNull(Lessons.of(4).exercise());
        ExerciseTrial.Verdict verdict = new ExerciseTrial(exercise, "Mine.java", SIGNATURE, 1).of(classes);
        assertThat(verdict.right()).isFalse();
        return verdict.says();
    }

    /** A whole check: what the student's code would delete and write stays as it is, and what it may use works. */
    @Test
    void noFileIsTouchedOutsideOrInside() throws IOException {
        Path mine = Files.writeString(folder.resolve("mine.txt"), "mine");
        for (String touching : List.of(
                "new java.io.File(\"" + mine + "\").delete();",
                "try { new java.io.PrintStream(\"" + mine + "\"); } catch (Exception e) { }",
                "try { new java.io.FileOutputStream(\"" + mine + "\"); } catch (Exception e) { }")) {
            assertThat(checked(1, method(touching + "\n        " + RIGHT))).contains("no file");
            assertThat(mine).hasContent("mine");
        }
        assertThat(checked(
                        0,
                        method("java.io.StringWriter text = new java.io.StringWriter();\n"
                                + "        new java.io.PrintWriter(text).printf(\"%s\", d);\n"
                                + "        System.out.print(new java.util.Formatter().format(\"%d\", 42));\n        "
                                + RIGHT)))
                .startsWith("Right: ")
                .contains("It printed: 42");
    }

    /** A package and a public class are fine. */
    @Test
    void theClassIsFoundByItsName() throws IOException {
        Path packaged = Files.writeString(
                folder.resolve("HingeDerivative.java"),
                "package a.b;\npublic class HingeDerivative {\n    " + SIGNATURE + " {\n" + RIGHT + "}\n}\n");
        JsonNode result = Json.read(said(0, "lesson", "4", "--json", "--check", packaged.toString()));
        assertThat(result.path("right").asBoolean()).isTrue();
        assertThat(result.path("says").path(0).asText()).startsWith("Right: ");
        assertThat(tried("class Derivative {}"))
                .isEqualTo("Mine.java has no class HingeDerivative; it needs one with the method: " + SIGNATURE + ".");
    }

    @Test
    void anArrayOfAnotherLengthOrNoneIsSaid() throws IOException {
        Exercise exercise = Objects.requireNonNull(Lessons.of(18).exercise());
        String[][] bodies = {
            {"new double[1]", "returns 1 numbers, and should return 5: {"},
            {"null", "returns null, and should return {"}
        };
        for (String[] body : bodies) {
            Path classes = Files.createTempDirectory(folder, "classes");
            String text =
                    "class GroupAdvantages { static double[] advantages(double[] s) { return " + body[0] + "; } }";
            assertThat(ExerciseCheck.compile(ToolProvider.getSystemJavaCompiler(), "Mine.java", text, classes))
                    .isEmpty();
            assertThat(new ExerciseTrial(exercise, "Mine.java", "", 1)
                            .of(classes)
                            .says())
                    .startsWith("Wrong: advantages({")
                    .contains(body[1]);
        }
    }

    @Test
    void aLoopThatDoesNotEndIsEnded() throws IOException {
        long start = System.nanoTime();
        ExerciseCheck.Result result =
                check(1).check(method("while (d < 100) {\n            beta++;\n        }\n        return 1;"));
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.lines())
                .containsExactly(
                        "derivative was ended after 1 s: a loop in it doesn't end, or it waits for something.");
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }

    @Test
    void aMethodThatEndsItsProcessIsNotRight() throws IOException {
        assertThat(checked(1, method("System.exit(0);\n        return 1;")))
                .isEqualTo("derivative ended its process, with exit code 0; leave out System.exit.");
    }

    @Test
    void aMethodThatPrintsWithoutEndIsEnded() throws IOException {
        assertThat(checked(1, method("while (true) {\n            System.err.println(\"d is \" + d);\n        }")))
                .startsWith("derivative prints more than 1,000,000 characters; print less, and nothing inside a loop.");
    }

    @Test
    void aJavaWithoutACompilerIsNamed() throws IOException {
        ExerciseCheck check = ExerciseCheck.of(Lessons.of(4), null, 60);
        Path file = method(RIGHT);
        assertThatThrownBy(() -> check.check(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("This Java has no compiler")
                .hasMessageContaining("install a JDK");
    }

    @Test
    void optionsThatDoNotFitAreRefused() throws IOException {
        String file = method(RIGHT).toString();
        assertThat(said(2, "lesson", "--check", file)).contains("Which lesson's exercise is meant?");
        assertThat(said(2, "lesson", "4", "--check", file, "--starter", "x.java"))
                .contains("give one of them");
        assertThat(said(2, "lesson", "4", "--check", file, "--open")).contains("give one of them");
        assertThat(said(2, "lesson", "99", "--check", file)).contains("There is no lesson 99");
        assertThatThrownBy(() -> ExerciseCheck.of(new Bare(), null, 60)).hasMessageContaining("has no exercise");
    }

    /** A lesson without an exercise. */
    private static final class Bare extends Lesson {
        Bare() {
            super(1, "Bare?");
        }

        @Override
        public void teach(LessonSheet sheet) {}
    }
}
