package org.align4j.core.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.align4j.core.files.Checkout;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands for data in a process that has what alignment-data brings: no PyTorch, no engine, no training, no DuckDB. */
class DataProgramTest {
    private static final Pattern OWN = Pattern.compile(
            ".*/alignment-core/(foundation|statistics|text|data)/target/.*|.*/alignment-(foundation|statistics|text|data)-[^/]*\\.jar");
    private static final Pattern OTHERS = Pattern.compile(
            ".*/target/(test-)?classes/?|.*/target/alignment-[^/]*\\.jar|.*/org/align4j/.*|.*/ai/djl/pytorch/.*|.*/org/duckdb/.*");

    @TempDir
    static Path folder;

    /** What each command printed, in the order below, to both streams. */
    private static List<String> said;

    private static List<String> classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> {
                    String path = entry.replace(File.separatorChar, '/');
                    return OWN.matcher(path).matches() || !OTHERS.matcher(path).matches();
                })
                .toList();
    }

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        String rows = Checkout.DEMO.resolve("train.jsonl").toString();
        String model = Checkout.DEMO.resolve("model").toString();
        Path run = Files.createDirectories(folder.resolve("run/adapter"));
        Files.writeString(run.resolve("adapter_config.json"), "{}");
        Files.writeString(run.resolveSibling("config.yaml"), "model: x\n");
        Files.writeString(run.resolveSibling("manifest.json"), "{\"model\": \"" + model.replace("\\", "\\\\") + "\"}");
        Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"Where is the kite?\"}\n");
        Files.writeString(folder.resolve("rows.parquet"), "PAR1");
        List<List<String>> commands = List.of(
                List.of("--help"),
                List.of("doctor", "--data", rows, "--out", folder.resolve("doctor") + ""),
                List.of("doctor", "--data", rows, "--model", model),
                List.of("doctor", "--data", rows, "--model", model, "--model-rows", "0", "--max-length", "48"),
                List.of("render", "--data", rows, "--model", folder.resolve("run") + "", "--rows", "1"),
                List.of("tokenize", "--data", folder.resolve("texts.jsonl") + "", "--model", model),
                List.of("convert", "--data", rows, "--to", "kto", "--out", folder.resolve("kto.jsonl") + ""),
                List.of(
                        "split",
                        "--data",
                        rows,
                        "--fractions",
                        "train=.9,test=.1",
                        "--by",
                        "near-prompt",
                        "--out",
                        folder.resolve("parts") + ""),
                List.of(
                        "convert",
                        "--data",
                        folder.resolve("rows.parquet") + "",
                        "--out",
                        folder.resolve("p.jsonl") + ""),
                List.of("doctor", "--data", rows, "--cluster", "yarn"),
                List.of("dpo", "--data", rows));
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dalign4j.program=align-data",
                "-cp",
                String.join(File.pathSeparator, classPath()),
                CommandsInTurn.class.getName()));
        commands.forEach(command -> {
            words.addAll(command);
            words.add(";");
        });
        words.remove(words.size() - 1);
        Path output = folder.resolve("said.txt");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        said = List.of(Files.readString(output).split("=====\\R"));
        assertThat(said).as(Files.readString(output)).hasSize(commands.size());
    }

    @Test
    void nothingOfTheEngineIsOnItsClassPath() {
        assertThat(String.join("\n", classPath()))
                .contains("tokenizers")
                .doesNotContain("pytorch", "duckdb", "alignment-core/engine", "alignment-core/training");
    }

    @Test
    void itHasFiveCommandsAndSaysWhereTheOthersAre() {
        assertThat(said.get(0)
                        .lines()
                        .filter(line -> line.startsWith("  "))
                        .map(line -> line.strip().split(" ")[0]))
                .containsExactly("convert", "doctor", "render", "split", "tokenize");
        assertThat(said.get(0)).contains("Usage: align-data COMMAND");
        assertThat(said.get(10))
                .contains("There is no command dpo", "align-data has convert, doctor", "align4j-VERSION.zip", "exit 2");
    }

    @Test
    void theDoctorExaminesRows() {
        assertThat(said.get(1)).contains("GREEN: 800 rows, 15 checks", "language", "exit 0");
        assertThat(folder.resolve("doctor/doctor.html")).isNotEmptyFile();
    }

    @Test
    void theDoctorTriesTheTemplateAndSaysThatTheModelIsNotAsked() {
        assertThat(said.get(2))
                .contains("green  schema, rendering, tokens")
                .contains("the model itself is not asked", "PyTorch", "align doctor", "--model-rows 0")
                .contains("exit 0");
        assertThat(said.get(3)).contains("tokens").doesNotContain("not asked");
    }

    @Test
    void rowsAreRenderedByTheModelOfARun() {
        assertThat(said.get(4)).contains("<|im_start|>user", "<|im_start|>assistant", "row 0, chosen", "exit 0");
    }

    @Test
    void textsBecomeTokensAndBack() {
        assertThat(said.get(5)).contains("\"decoded\":\"Where is the kite?\"", "exit 0");
    }

    @Test
    void rowsAreConvertedAndDivided() throws IOException {
        assertThat(said.get(6)).contains("1600 rows of layout kto", "exit 0");
        assertThat(Files.readAllLines(folder.resolve("kto.jsonl"))).hasSize(1600);
        assertThat(said.get(7)).contains("800 rows read, 800 in parts", "exit 0");
        assertThat(folder.resolve("parts/split.json")).isNotEmptyFile();
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(said.get(8)).contains("is Parquet, which needs DuckDB", "org.duckdb:duckdb_jdbc", "exit 2");
        assertThat(folder.resolve("p.jsonl")).doesNotExist();
        assertThat(said.get(9)).contains("alignment-spark is not on the class path", "exit 2");
    }
}
