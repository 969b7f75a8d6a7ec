package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.weights.FileHash;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Executors convert shards of several layouts and kinds of files into the bytes that one machine writes, whoever converts which. */
class SharedConversionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String[] RULES = {"--pairs", "all", "--ties", "keep", "--bad-rows", "drop"};

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException, SQLException {
        Path shards = Files.createDirectories(folder.resolve("shards"));
        List<String> ranked = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        for (int row = 0; row < 40; row++) {
            ranked.add(String.format(
                    "{\"prompt\":\"q%d\",\"answers\":[{\"answer\":\"a\",\"rank\":1},{\"answer\":\"b%d\",\"rank\":2},{\"answer\":\"c\",\"rank\":%d}]}",
                    row, row, 2 + row % 2));
            pairs.add(
                    row % 7 == 3
                            ? "{\"prompt\":\"q\",\"chosen\":\"a\"}"
                            : String.format(
                                    "{\"prompt\":\"ü %d\",\"chosen\":\"a\",\"rejected\":\"b\",\"annotator\":\"p%d\",\"extra\":1}",
                                    row, row % 3));
        }
        Files.write(shards.resolve("part-0.jsonl"), ranked);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(shards.resolve("part-1.jsonl.gz")))) {
            out.write(String.join("\n", pairs).getBytes(StandardCharsets.UTF_8));
        }
        try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckDb.createStatement()) {
            statement.execute(
                    "COPY (SELECT 'p' || i AS prompt, 'good' AS chosen, 'bad ' || i AS rejected, 's' AS source"
                            + " FROM range(25) numbers(i)) TO '" + shards.resolve("part-2.parquet")
                            + "' (FORMAT parquet)");
        }
        Files.writeString(shards.resolve("part-3.json"), "[{\"prompt\":\"last\",\"chosen\":\"x\",\"rejected\":\"y\"}]");
    }

    private List<String> words(Path out, String... more) {
        return AlignRuns.words(
                "convert",
                new String[] {"--data", folder.resolve("shards") + "/part-*", "--out", out.toString()},
                more);
    }

    private static String said(Path out, List<String> words) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words.toArray(String[]::new));
        assertThat(code).as(terminal.captureLog()).isZero();
        return terminal.captureOutput().replace(out.toString(), "OUT") + terminal.captureLog();
    }

    private static byte[] whole(Path out) throws IOException {
        JsonNode manifest = JSON.readTree(out.resolve("manifest.json").toFile());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (JsonNode shard : manifest.get("shards")) {
            Path file = out.resolve(shard.get("file").asText());
            assertThat(shard.get("sha256").asText()).isEqualTo(FileHash.sha256(file));
            all.write(Files.readAllBytes(file));
        }
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .hasSize(manifest.get("shards").size() + 2)
                    .contains("_SUCCESS", "manifest.json", "part-00002.jsonl");
        }
        assertThat(manifest.get("rows").asLong())
                .isEqualTo(new String(all.toByteArray(), StandardCharsets.UTF_8)
                        .lines()
                        .count());
        return all.toByteArray();
    }

    private void assertSame(String cluster) throws IOException {
        Path one = folder.resolve("one.jsonl");
        Path shared = folder.resolve("on " + cluster.replaceAll("\\W", " "));
        String alone = said(one, words(one, RULES));
        String together = said(shared, words(shared, AlignRuns.concat(RULES, "--cluster", cluster)));
        assertThat(alone)
                .contains("106 rows read = 100 converted + 6 left out", "6 left out: ", "part-2.parquet: layout pairs");
        assertThat(together).isEqualTo(alone);
        assertThat(whole(shared)).isEqualTo(Files.readAllBytes(one));
    }

    @Tag("long")
    @Test
    void twoExecutorsConvertAsOneMachine() throws IOException {
        assertSame("local-cluster[2,1,1024]");
    }

    @Test
    @EnabledIfSystemProperty(named = "align4j.cluster", matches = "true")
    void oneExecutorConvertsAsOneMachine() throws IOException {
        assertSame("local-cluster[1,1,1024]");
        assertSame("local-cluster[1,2,1024]");
    }

    /** A conversion that can't be done ends as on one machine, and leaves nothing. */
    @Tag("long")
    @Test
    void rowsThatCannotBeConvertedLeaveNothing() {
        String[] cluster = {"--cluster", "local-cluster[1,1,1024]"};
        Path out = folder.resolve("out");
        assertThat(AlignRuns.ends(2, words(out, cluster))).contains("part-1.jsonl.gz:4:", "\"rejected\" is missing");
        assertThat(out).doesNotExist();
        String[] pairs = {"--data", folder.resolve("shards/part-3.json").toString()};
        assertThat(AlignRuns.ends(2, words(out, AlignRuns.concat(AlignRuns.concat(cluster, pairs), "--pairs", "all"))))
                .contains("pairs chooses among several graded answers", "drop --pairs");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatAClusterDoesNotWriteIsRefusedByName() throws IOException {
        String[] cluster = {"--cluster", "local-cluster[1,1,1024]"};
        for (String name : List.of("out.jsonl", "out.jsonl.gz")) {
            assertThat(AlignRuns.ends(2, words(folder.resolve(name), cluster)))
                    .contains(name, "cluster is local-cluster[1,1,1024]", "not packed", "name a folder");
        }
        assertThat(AlignRuns.ends(
                        2, words(folder.resolve("out"), AlignRuns.concat(cluster, "--cluster-mixed", "true"))))
                .contains("cluster-mixed is true", "a conversion rounds nothing", "leave --cluster-mixed out");
        assertThat(folder.resolve("out")).doesNotExist();
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Files.writeString(mine.resolve("part-00000.jsonl"), "mine");
        assertThat(AlignRuns.ends(2, words(mine, cluster))).contains("out is " + mine, "not empty", "new or empty");
        assertThat(mine.resolve("part-00000.jsonl")).hasContent("mine");
        assertThat(mine).isDirectoryNotContaining(file -> !file.endsWith("part-00000.jsonl"));
    }
}
