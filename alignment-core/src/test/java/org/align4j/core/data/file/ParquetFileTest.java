package org.align4j.core.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetFileTest {
    @TempDir
    Path folder;

    @Test
    void rowsAreThoseOfTheSameJson() throws IOException, SQLException {
        String lines = String.join(
                "\n",
                "{\"prompt\":[{\"role\":\"user\",\"content\":\"h\u00e9\\n"
                        + "\\\"\\ud83d\\ude00\"}],\"score\":0.1,\"n\":9007199254740993,"
                        + "\"label\":true,\"ids\":[1,2,3],\"none\":null}",
                "{\"prompt\":[{\"role\":\"user\",\"content\":\"\",\"name\":\"Ann\"},{\"role\":\"assistant\",\"content\":\"x\"}],"
                        + "\"score\":-2.5e-7,\"n\":-3,\"label\":false,\"ids\":[],\"none\":\"there\"}",
                "");
        Path json = Files.writeString(folder.resolve("rows.jsonl"), lines);
        Path parquet = folder.resolve("rows.parquet");
        write(
                parquet,
                "SELECT * FROM read_json('" + json + "', format = 'newline_delimited', columns = {prompt:"
                        + " 'STRUCT(\"role\" VARCHAR, \"content\" VARCHAR, \"name\""
                        + " VARCHAR)[]', score: 'DOUBLE', n: 'BIGINT', label: 'BOOLEAN',"
                        + " ids: 'INTEGER[]', \"none\": 'VARCHAR'})");
        assertThat(objects(parquet)).isEqualTo(objects(json));
    }

    @Test
    void aMessagesContentStaysWhereItIsNullAndOtherNullFieldsGo() throws SQLException {
        Path file = folder.resolve("calls.parquet");
        write(
                file,
                "SELECT [{'role': 'assistant', 'content': NULL::VARCHAR, 'name': NULL::VARCHAR}] AS messages,"
                        + " {'a': NULL::INT, 'b': 1} AS extra");
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", null);
        assertThat(objects(file)).containsExactly(Map.of("messages", List.of(message), "extra", Map.of("b", 1)));
    }

    @Test
    void theOrderAndTheNumbersOfRowsAreThoseOfTheFile() throws SQLException {
        Path file = folder.resolve("x[1]*.parquet");
        write(file, "SELECT i AS n FROM range(50000) t(i) ORDER BY i");
        List<Object> values = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        int count = ObjectFile.of(file).read(receiver((line, fields) -> {
            rows.add(line);
            values.add(fields.get("n"));
        }));
        assertThat(count).isEqualTo(50_000);
        assertThat(rows.get(0)).isEqualTo(1);
        assertThat(rows.get(49_999)).isEqualTo(50_000);
        for (int i = 0; i < 50_000; i++) {
            assertThat(values.get(i)).isEqualTo(i);
        }
    }

    @Test
    void filesThatAreNotWhole() throws IOException, SQLException {
        Path none = folder.resolve("none.parquet");
        write(none, "SELECT 1 AS n WHERE false");
        refused(none, "none.parquet:1: this file holds no row");
        Path text = Files.writeString(folder.resolve("text.parquet"), "{\"prompt\": \"x\"}\n");
        refused(text, "text.parquet cannot be read as Parquet", "get the file again");
        Path whole = folder.resolve("whole.parquet");
        write(whole, "SELECT i, repeat('x', 100) AS t FROM range(1000) t(i)");
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(bytes, bytes.length / 2));
        refused(cut, "cut.parquet cannot be read as Parquet");
        refused(folder.resolve("absent.parquet"), "absent.parquet cannot be read as Parquet");
    }

    private void refused(Path file, String... words) {
        assertThatThrownBy(() -> objects(file))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    /** Runs a query and leaves its rows in a Parquet file. */
    static void write(Path file, String query) throws SQLException {
        try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = database.createStatement()) {
            statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
        }
    }

    private interface Taker {
        void take(int line, Map<String, @Nullable Object> fields);
    }

    private static List<Map<String, @Nullable Object>> objects(Path file) {
        List<Map<String, @Nullable Object>> objects = Collections.synchronizedList(new ArrayList<>());
        ObjectFile.of(file).read(receiver((line, fields) -> objects.add(fields)));
        return List.copyOf(objects);
    }

    private static ObjectFile.Receiver receiver(Taker taker) {
        return new ObjectFile.Receiver() {
            @Override
            public void object(int line, Map<String, @Nullable Object> fields) {
                taker.take(line, fields);
            }

            @Override
            public void broken(int line, InputException error) {
                throw error;
            }
        };
    }
}
