package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.ChildAlign;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data, layouts, templates, split and doctor work where no engine is: on a class path without DJL; and an engine without its libraries says so. */
class NoEngineTest {
    private static final String ROWS = Path.of(System.getProperty("align4j.root", ".."), "data", "demo", "train.jsonl")
            .toString();
    private static final String MODEL = Path.of(System.getProperty("align4j.root", ".."), "data", "demo", "model")
            .toString();
    private static final List<String> WITHOUT = Arrays.stream(
                    ChildAlign.classPath().split(File.pathSeparator))
            .filter(entry -> !isEngine(entry))
            .toList();

    @TempDir
    Path folder;

    private static boolean isEngine(String entry) {
        return entry.replace(File.separatorChar, '/').contains("/ai/djl/");
    }

    /** Runs a command in a process of its own, which must exit with 0; what it printed. */
    private String align(String... words) throws IOException, InterruptedException {
        return align(WITHOUT, 0, words);
    }

    private String align(List<String> libraries, int expected, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", String.join(File.pathSeparator, libraries), Align.class.getName()));
        command.addAll(List.of(words));
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        int code = process.waitFor();
        String text = Files.readString(said);
        assertThat(code).as(String.join(" ", words) + "\n" + text).isEqualTo(expected);
        return text;
    }

    @Test
    void theClassPathHasNoEngine() {
        String all = ChildAlign.classPath();
        assertThat(all).as("with it").contains("ai" + File.separator + "djl");
        assertThat(all.split(File.pathSeparator).length - WITHOUT.size()).isBetween(3, 8);
        assertThat(WITHOUT.stream().collect(Collectors.joining("\n"))).doesNotContain("djl");
    }

    @Test
    void theDoctorExaminesRows() throws Exception {
        assertThat(align(
                        "doctor",
                        "--data",
                        ROWS,
                        "--out",
                        folder.resolve("doctor").toString()))
                .contains("GREEN: 800 rows");
        assertThat(folder.resolve("doctor").resolve("doctor.html")).isNotEmptyFile();
    }

    @Test
    void rowsAreSplitAndConverted() throws Exception {
        Path parts = folder.resolve("parts");
        align("split", "--data", ROWS, "--fractions", "train=.8,val=.2", "--by", "prompt", "--out", parts.toString());
        assertThat(parts).isNotEmptyDirectory();
        Path rows = folder.resolve("rows.jsonl");
        assertThat(align("convert", "--data", ROWS, "--out", rows.toString())).contains("800 rows read");
        assertThat(Files.readAllLines(rows)).hasSize(800);
    }

    @Test
    void templatesAreRendered() throws Exception {
        Path cases = folder.resolve("cases.jsonl");
        Files.writeString(
                cases,
                "{\"template\": \"{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}\","
                        + " \"messages\": [{\"role\": \"user\", \"content\": \"Good day\"}]}\n",
                StandardCharsets.UTF_8);
        Path out = folder.resolve("rendered.jsonl");
        align("render", "--cases", cases.toString(), "--out", out.toString());
        assertThat(Files.readString(out)).contains("<user>Good day");
    }

    /** As a Gradle project has it that names no natives: what needs them ends before it writes, and the rest works. */
    @Test
    void anEngineWithoutItsLibrariesSaysWhichLineBringsThem() throws Exception {
        List<String> libraries = Arrays.stream(ChildAlign.classPath().split(File.pathSeparator))
                .filter(entry -> !entry.contains("pytorch-native"))
                .toList();
        Path out = folder.resolve("run");
        assertThat(align(libraries, 2, "dpo", "--model", MODEL, "--data", ROWS, "--out", out.toString()))
                .contains("PyTorch's libraries for ", "are not on the class path")
                .contains("<artifactId>alignment-natives-", " in Maven, runtimeOnly(\"org.align4j:alignment-natives-");
        assertThat(out).doesNotExist();
        Path texts = Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"Good day\"}\n");
        Path tokens = folder.resolve("tokens.jsonl");
        align(libraries, 0, "tokenize", "--model", MODEL, "--data", texts.toString(), "--out", tokens.toString());
        assertThat(tokens).isNotEmptyFile();
    }
}
