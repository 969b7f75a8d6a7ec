package org.align4j.core.data.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of a Parquet file in order, as the objects that the same rows are in JSON. DuckDB does the reading
 * where it is on the classpath. A column type has every field in every row, so that a null field inside a column is one
 * that the row doesn't have; only a message's content may be null as such.
 */
final class ParquetFile implements ObjectFile {
    private static final String URL = "jdbc:duckdb:";
    private static final String DUCKDB = "org.duckdb:duckdb_jdbc:2.0.0.1";
    private static final JsonFactory JSON = new JsonFactory();

    private final Path path;

    ParquetFile(Path path) {
        this.path = path;
    }

    @Override
    public int read(Receiver receiver) {
        int count = 0;
        try (Connection database = driver().connect(URL, settings());
                PreparedStatement rows =
                        database.prepareStatement("SELECT to_json(r)::VARCHAR FROM read_parquet(?) r")) {
            rows.setString(1, literal(path.toAbsolutePath().toString()));
            try (ResultSet result = rows.executeQuery()) {
                while (receiver.wantsMore() && result.next()) {
                    count++;
                    hand(count, result.getString(1), receiver);
                }
            }
        } catch (SQLException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new InputException(
                    path + (count == 0 ? "" : ", after row " + count) + " cannot be read as Parquet ("
                            + reason.replaceFirst("\\.$", "") + "); get the file again.",
                    e);
        }
        if (count == 0) {
            throw new InputException(path + ":1: this file holds no row; a data file needs at least one.");
        }
        return count;
    }

    private void hand(int row, String json, Receiver receiver) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            JsonValue.object(parser).forEach((name, value) -> fields.put(name, present(value)));
        } catch (IOException e) {
            receiver.broken(
                    row,
                    new InputException(
                            path + ":" + row + ": this row has a value that JSON can't hold (" + e.getMessage()
                                    + "); write the file without it.",
                            e));
            return;
        }
        receiver.object(row, fields);
    }

    /** The value without the null fields of its objects. */
    private static @Nullable Object present(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(ParquetFile::present).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            map.forEach((name, field) -> {
                if (field != null || name.equals("content")) {
                    fields.put(String.valueOf(name), present(field));
                }
            });
            return fields;
        }
        return value;
    }

    private Driver driver() {
        try {
            return DriverManager.getDriver(URL);
        } catch (SQLException e) {
            throw new InputException(
                    path + " is Parquet, which needs DuckDB, and that is not on the classpath; start ./align with"
                            + " ALIGN4J_MAVEN_ARGS=-Dparquet, name the jar of " + DUCKDB
                            + " in ALIGN4J_CLASSPATH, or add it to your build.",
                    e);
        }
    }

    /** Sets DuckDB to download and write nothing, and to stream rows in the order of the file. */
    private static Properties settings() {
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        settings.setProperty("preserve_insertion_order", "true");
        settings.setProperty("threads", "1");
        settings.setProperty("memory_limit", "2GB");
        settings.setProperty("temp_directory", "");
        settings.setProperty("jdbc_stream_results", "true");
        return settings;
    }

    /** The path as a pattern that means itself. */
    private static String literal(String path) {
        return path.replaceAll("[\\[*?]", "[$0]");
    }
}
