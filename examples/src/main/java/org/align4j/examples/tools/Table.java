package org.align4j.examples.tools;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment;
import org.align4j.core.environment.ToolCall;
import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;

/**
 * Answers calls of the tool {@code query} with rows of an SQLite file, and gives 1 where the turn that calls nothing says the row's {@code
 * answer}. The file is opened read-only, no other file can be attached, and a query that computes too much is broken off: after a number of
 * steps of SQLite's machine, not after a time, so that the same query always has the same end.
 */
final class Table implements Environment {
    private static final int MOST_ROWS = 10;
    private static final int LONGEST = 500;
    private static final int LOOK_STEPS = 10_000;
    private static final int MOST_LOOKS = 1_000;

    private final Path file;
    private String answer = "";
    private @Nullable Connection connection;

    Table(Path file) {
        this.file = file;
    }

    @Override
    public void requirePrompts(List<PromptTokens> prompts) {
        Calculator.requireAnswers("sqlite", prompts);
    }

    @Override
    public String reset(PromptTokens row, long seed) throws SQLException {
        answer = String.valueOf(row.answer()).strip();
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        SQLiteConnection opened = (SQLiteConnection)
                DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath(), config.toProperties());
        opened.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
        connection = opened;
        return "";
    }

    @Override
    public Step step(String action) {
        if (!ToolCall.isMeant(action)) {
            return new Step("", says(action) ? 1 : 0, true);
        }
        Optional<String> sql = ToolCall.first(action)
                .filter(call -> call.name().equals("query"))
                .flatMap(call -> call.argument("sql"));
        return new Step(sql.map(this::asked).orElse("error: write query with sql"), 0, false);
    }

    private boolean says(String action) {
        return List.of(action.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+"))
                .contains(answer.toLowerCase(Locale.ROOT));
    }

    /** Returns the rows of a query, a line each, or what is wrong with it. */
    private String asked(String sql) {
        Connection open = connection;
        if (open == null) {
            throw new IllegalStateException("A table is reset before it is asked.");
        }
        int[] looks = {0};
        try (Statement statement = open.createStatement()) {
            ProgressHandler.setHandler(open, LOOK_STEPS, new ProgressHandler() {
                @Override
                protected int progress() {
                    return looks[0]++ < MOST_LOOKS ? 0 : 1;
                }
            });
            statement.setMaxRows(MOST_ROWS);
            return statement.execute(sql) ? rows(statement.getResultSet()) : "error: ask with SELECT";
        } catch (SQLException wrong) {
            return cut("error: " + (looks[0] > MOST_LOOKS ? "the query takes too long" : wrong.getMessage()));
        }
    }

    private static String rows(ResultSet result) throws SQLException {
        List<String> lines = new ArrayList<>();
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
            List<String> cells = new ArrayList<>();
            for (int column = 1; column <= columns; column++) {
                cells.add(String.valueOf(result.getString(column)));
            }
            lines.add(String.join(" | ", cells));
        }
        return lines.isEmpty() ? "no rows" : cut(String.join("\n", lines));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " …";
    }

    @Override
    public void close() {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException late) {
            throw new IllegalStateException(late);
        }
    }
}
