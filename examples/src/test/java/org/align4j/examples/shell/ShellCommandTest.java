package org.align4j.examples.shell;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code align jshell} with a script: what it does is seen in the files it writes, what it says in the log. */
class ShellCommandTest {
    private static final String HOME = "align4j.home";

    @TempDir
    Path folder;

    private final Terminal terminal = Terminal.captured();

    private Path script(String text) throws IOException {
        return Files.writeString(folder.resolve("script.jsh"), text);
    }

    private int run(String script) throws IOException {
        return Align.run(terminal, "jshell", script(script).toString());
    }

    @Test
    void aScriptOpensAModelAndEndsWithItsCode() throws IOException {
        Path demo = Path.of(System.getProperty("align4j.root")).resolve("data/demo/model");
        Path said = folder.resolve("said");
        String script = format("""
                // a model, as a person would open it
                var model = Align4j.model("%s").device("cpu").dtype("fp32").threads(1).open();
                double[] likely = model.logProbs(List.of(Message.of("user", "Hi")), "Hello.");
                Files.writeString(Path.of("%s"), model + " " + (likely[0] < 0));
                model.close();
                Dpo.with(new Sigmoid(0.1)).maxSteps(3)
                /exit 3
                """, demo, said);
        assertThat(run(script)).as(terminal.captureLog()).isEqualTo(3);
        assertThat(Files.readString(said)).isEqualTo("LanguageModel[" + demo + ", fp32 on cpu, threads 1] true");
    }

    /** Lines without their semicolons: calls, assignments, a chain over lines, a loop, an if with else, a lambda with a block. */
    @Test
    void aSemicolonMayBeLeftOutAtTheEndOfALine() throws IOException {
        Path said = folder.resolve("said");
        String script = format("""
                import java.time.Duration
                var said = new StringBuilder()
                int one = 1 // a comment
                int two = one +
                    1;
                said.append(one)
                said.append(Duration.ofSeconds(two).toSeconds())

                for (int i = 3; i < 5; i++)
                    said.append(i)
                if (two == 2) {
                    said.append(5)
                } else {
                    said.append("no")
                }
                int six() {
                    return 6
                }
                Runnable seven = () -> {
                    said.append(six())
                    said.append(7)
                }
                seven.run()
                said.append(Stream.of(7)
                        .map(n -> n + 1)
                        .toList()
                        .get(0))
                Files.writeString(Path.of("%s"), said)
                /exit two
                """, said);
        assertThat(run(script)).as(terminal.captureLog()).isEqualTo(2);
        assertThat(Files.readString(said)).isEqualTo("12345678");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "int x = \"a\";|1|:1: incompatible types",
                "throw new IllegalStateException(\"no\");|1|:1: java.lang.IllegalStateException: no",
                "Align4j.open(\"nowhere\");|2|:1: model is nowhere, which does not exist",
                "int z = (3|1|:1: ",
                "int a = 1~int b = 2~~int z = \"a\"~int c = 3|1|:4: incompatible types",
                "int a = 1~class X {~  int b = 2~  int c d~}|1|:4: ';' expected",
                "int a = 1~Align4j.open(\"nowhere\")~int c = 3|2|:2: model is nowhere",
                "/help|2|:1: /help is a command of the JShell",
                "/exit -1|2|:1: /exit is given -1"
            })
    void aFailureIsToldWithItsLine(String script, int code, String said) throws IOException {
        assertThat(run(script.replace('~', '\n'))).isEqualTo(code);
        assertThat(terminal.captureLog()).contains("script.jsh" + said);
    }

    @Test
    void aSourceIsLoadedWithoutItsPackage() throws IOException {
        Path source = Files.writeString(
                folder.resolve("Seven.java"),
                "package a.b;\n\npublic final class Seven {\n  static int value() { return 7; }\n}\n");
        assertThat(Align.run(terminal, "jshell", script("/exit Seven.value()").toString(), "--load", source.toString()))
                .as(terminal.captureLog())
                .isEqualTo(7);
    }

    private int runOnLesson(int lesson, String script) throws IOException {
        System.setProperty(HOME, System.getProperty("align4j.root"));
        try {
            return Align.run(terminal, "jshell", script(script).toString(), "--lesson", String.valueOf(lesson));
        } finally {
            System.clearProperty(HOME);
        }
    }

    /** Of lesson 4: at margin 0 the pull is half of β, and the loss ln 2; a method that is declared again replaces the lesson's. */
    @Test
    void aLessonIsOpenedInPartsThatCanBeChanged() throws IOException {
        Path said = folder.resolve("said");
        String script = format("""
                double usual = coefficient(0);
                BETA = 2;
                double before = loss(0);
                double loss(double margin) { return 7; }
                Files.writeString(Path.of("%s"), usual + " " + coefficient(0) + " " + before + " " + loss(0) + " " + sheet.scaled(20, 3));
                """, said);
        assertThat(runOnLesson(4, script)).as(terminal.captureLog()).isZero();
        assertThat(Files.readString(said)).isEqualTo("-0.25 -1.0 " + Math.log1p(1) + " 7.0 20");
    }

    static IntStream lessonsToOpen() {
        return Boolean.getBoolean("align4j.lessons") ? IntStream.rangeClosed(1, 19) : IntStream.of(14);
    }

    /** Every part of a lesson is known: without a sheet it begins, and ends at the first line that wants one. */
    @ParameterizedTest
    @MethodSource("lessonsToOpen")
    void aLessonIsOpenedWhole(int lesson) throws IOException {
        String script =
                "try { teach(null); } catch (NullPointerException noSheet) { Files.createFile(Path.of(\"%s\")); }";
        Path begun = folder.resolve("begun");
        assertThat(runOnLesson(lesson, format(script, begun)))
                .as(terminal.captureLog())
                .isZero();
        assertThat(begun).exists();
    }

    @Test
    void aMissingLessonIsRefused() throws IOException {
        assertThat(runOnLesson(99, "")).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("There is no lesson 99; there are [1, 2, 3");
    }

    @Test
    void aMissingScriptIsRefused() {
        assertThat(Align.run(terminal, "jshell", "nowhere.jsh")).isEqualTo(2);
        assertThat(terminal.captureLog()).contains("There is no file nowhere.jsh");
    }
}
