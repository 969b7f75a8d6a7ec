package org.align4j.serve.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        /** Reads the row that stands at its place. */
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
     * Finds the number of something that clients know by its id, and that one owner has.
     *
     * @param table with the columns {@code number} and {@code id}
     * @param column that says whose it is
     */
    public Optional<Long> place(String table, String column, Object owner, String id) throws SQLException {
        return texts("SELECT number FROM " + table + " WHERE " + column + " = ? AND id = ?", owner, id).stream()
                .findFirst()
                .map(Long::valueOf);
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int value = 0; value < values.length; value++) {
            statement.setObject(value + 1, values[value]);
        }
        return statement;
    }
}
