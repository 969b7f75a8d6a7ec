package org.align4j.examples.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment.Step;
import org.align4j.core.files.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table that is asked in SQL: what it answers, and what it doesn't let anybody do. */
class TableTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void write() throws SQLException {
        file = folder.resolve("goods.sqlite");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.createStatement().executeUpdate("CREATE TABLE goods (name TEXT, price INTEGER)");
            connection
                    .createStatement()
                    .executeUpdate("INSERT INTO goods VALUES ('lamp', 12), ('drum', 30), ('fan', NULL)");
        }
    }

    private String asked(String sql) throws SQLException {
        Table table = new Table(file);
        table.reset(new PromptTokens(0, new int[] {1}, "q", "12", Map.of()), 1);
        Step step = table.step(
                "<tool_call>\n{\"name\": \"query\", \"arguments\": {\"sql\": " + Json.text(sql) + "}}\n</tool_call>");
        assertThat(step.reward()).isZero();
        assertThat(step.done()).isFalse();
        table.close();
        return step.observation();
    }

    @Test
    void rowsAreLinesOfCells() throws SQLException {
        assertThat(asked("SELECT price FROM goods WHERE name = 'lamp'")).isEqualTo("12");
        assertThat(asked("SELECT * FROM goods ORDER BY name")).isEqualTo("drum | 30\nfan | null\nlamp | 12");
        assertThat(asked("SELECT price FROM goods WHERE name = 'hat'")).isEqualTo("no rows");
        assertThat(asked("SELECT cost FROM goods")).startsWith("error: ").contains("no such column: cost");
    }

    @Test
    void nothingIsChangedAndNoOtherFileRead() throws Exception {
        byte[] before = Files.readAllBytes(file);
        assertThat(asked("DELETE FROM goods")).startsWith("error: ").contains("readonly");
        assertThat(asked("CREATE TABLE more (a)")).startsWith("error: ");
        assertThat(asked("ATTACH '" + folder.resolve("other.sqlite") + "' AS other"))
                .startsWith("error: ");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(folder.resolve("other.sqlite")).doesNotExist();
    }

    @Test
    void aQueryThatComputesTooMuchIsBrokenOff() throws SQLException {
        assertThat(asked("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"))
                .isEqualTo("error: the query takes too long");
        assertThat(asked("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
                        .lines())
                .hasSize(10);
    }

    @Test
    void theLastTurnIsRewardedWhereItSaysTheAnswer() throws SQLException {
        Table table = new Table(file);
        table.reset(new PromptTokens(0, new int[] {1}, "q", "12", Map.of()), 1);
        assertThat(table.step("It is 12.")).isEqualTo(new Step("", 1, true));
        assertThat(table.step("It is 120.")).isEqualTo(new Step("", 0, true));
        table.close();
    }
}
