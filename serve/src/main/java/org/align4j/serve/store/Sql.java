package org.align4j.serve.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.Shortened;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Statements with values on a connection, whose transaction is the caller's.
 *
 * @param connection that they run on
 */
public record Sql(Connection connection) {
    /** Reads a value of a row that a statement found. */
    @FunctionalInterface
    public interface Reading<T> {
        /** Reads the row that is at its place. */
        T row(ResultSet found) throws SQLException;
    }

    /** Changes rows, and returns how many. */
    public int update(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepared(sql, values)) {
            return statement.executeUpdate();
        }
    }

    /** Finds rows, in the statement's order. */
    public <T> List<T> select(Reading<T> reading, String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = prepared(sql, values);
                ResultSet found = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (found.next()) {
                rows.add(reading.row(found));
            }
            return rows;
        }
    }

    /** Finds the texts of one column. */
    public List<String> texts(String sql, @Nullable Object... values) throws SQLException {
        return select(found -> found.getString(1), sql, values);
    }

    /** Finds the one whole number that a statement answers with. */
    public long number(String sql, @Nullable Object... values) throws SQLException {
        return Long.parseLong(texts(sql, values).get(0));
    }

    /**
     * Returns the number after which a page of a list begins.
     *
     * @param column whose value says whose list it is
     * @param after the id of the last row of the page before
     * @throws Refusal 400 where there is no such row in the list; a deleted row keeps its number, so that a list goes on where it was
     */
    public long place(String table, String column, Object owner, String after) throws SQLException {
        return texts("SELECT number FROM " + table + " WHERE " + column + " = ? AND id = ?", owner, after).stream()
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow(() -> new Refusal(
                                400,
                                "after is '" + Shortened.of(after)
                                        + "', which is none of this list; give the last id of the page before.")
                        .about("after", "invalid_value"));
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int value = 0; value < values.length; value++) {
            statement.setObject(value + 1, values[value]);
        }
        return statement;
    }
}
