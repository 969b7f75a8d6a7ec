package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.error.InputException;
import org.align4j.dpo.Dpo;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Dataset's rows are those of a file with the same fields; one that lacks a column is refused before it is computed. */
class SparkPreferencesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Path.of("..", "data", "demo");
    private static final Path ROWS = DEMO.resolve("heldout.jsonl");

    private static SparkSession spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        spark = SparkSession.builder()
                .master("local[1]")
                .appName("preferences")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "1")
                .getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static LanguageModel model() {
        return Align4j.model(DEMO.resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open();
    }

    private static Path train(Preferences rows, Path run) {
        try (LanguageModel base = model()) {
            Dpo.with(new Sigmoid(0.1))
                    .maxSteps(2)
                    .maxLength(256)
                    .batchSize(4)
                    .option("report", false)
                    .train(base, rows, run)
                    .close();
        }
        return run;
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    @Test
    void aTrainingLearnsFromTheRowsOfAFileWithTheSameFields() throws IOException {
        String file = ROWS.toString();
        Dataset<Row> rows = spark.read().json(file).select("prompt", "chosen", "rejected");
        Preferences pairs = SparkPreferences.of(rows);
        Path own = train(pairs, folder.resolve("own"));
        assertThat(lines(own.resolve("rows/train.jsonl"))).isEqualTo(lines(ROWS));
        AlignRuns.assertSame(own, train(Preferences.read(ROWS), folder.resolve("file")));
    }

    @Tag("long")
    @Test
    void textsAndFurtherColumnsAreThoseOfAFile() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < 12; row++) {
            rows.add("{\"prompt\":\"ü " + row + "\",\"chosen\":\"yes, gladly\",\"rejected\":\"no\""
                    + (row % 2 == 0 ? ",\"annotator\":\"p" + row % 3 + "\"" : "")
                    + ",\"source\":\"web\",\"weight\":1,\"margin\":" + row + "}");
        }
        Files.write(file, rows);
        Dataset<Row> table = spark.read().json(file.toString()).repartition(1).sort("margin");
        Path own = train(SparkPreferences.of(table), folder.resolve("own"));
        assertThat(lines(own.resolve("rows/train.jsonl"))).isEqualTo(lines(file));
        Dataset<Row> dated = table.withColumn("time", functions.to_timestamp(functions.lit("2026-01-02 03:04:05Z")));
        train(SparkPreferences.of(dated.limit(4)), folder.resolve("dated"));
        assertThat(lines(folder.resolve("dated/rows/train.jsonl")))
                .hasSize(4)
                .allSatisfy(row -> assertThat(row.get("time").asText()).isEqualTo("2026-01-02T03:04:05Z"));
    }

    @Test
    void columnsThatLackOrAreOfAnotherTypeAreNamed() {
        assertThatThrownBy(
                        () -> SparkPreferences.of(spark.sql("select 'q' as question, 'a' as chosen, 'b' as rejected")))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(
                        "struct<question:string,chosen:string,rejected:string>",
                        "prompt is missing",
                        "prompt, chosen and rejected, each a string or an array of structs with role and content",
                        "by select");
        assertThatThrownBy(() -> SparkPreferences.of(spark.sql("select 'q' as prompt, 'a' as chosen, 1 as rejected")))
                .hasMessageContainingAll("rejected is int", "each a string or an array of structs");
        assertThatThrownBy(() -> SparkPreferences.of(
                        spark.sql("select array(struct('user' as role)) as prompt, 'a' as chosen, 'b' as rejected")))
                .hasMessageContainingAll("prompt is array<struct<role:string>>", "role and content");
        assertThatThrownBy(() -> SparkPreferences.of(
                        spark.sql("select 'q' as prompt, 'a' as chosen, 'b' as rejected, cast('x' as binary) as raw")))
                .hasMessageContainingAll("a column raw of type binary", "leave it out by drop");
    }

    @Test
    void aDatasetWithoutARowIsRefusedByTheTraining() {
        Preferences none = SparkPreferences.of(spark.sql("select 'q' as prompt, 'a' as chosen, 'b' as rejected")
                .filter("prompt = 'other'"));
        assertThat(none).hasToString("Preferences[a stream of rows]");
        assertThatThrownBy(() -> train(none, folder.resolve("none")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("gives no row");
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
