package org.align4j.serve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database of a server: whole writes, one owner, versions that are known. */
class StoreTest {
    @TempDir
    Path folder;

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(Store store) {
        return store.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet found = statement.executeQuery("SELECT COUNT(*) FROM things")) {
                return found.getLong(1);
            }
        });
    }

    @Test
    void whatIsWrittenStaysWholeAndNothingOfWhatFails() {
        try (Store store = Store.open(folder)) {
            store.change(connection -> execute(connection, "CREATE TABLE things (name TEXT UNIQUE)"));
            store.change(connection -> execute(connection, "INSERT INTO things VALUES ('a')"));
            assertThatThrownBy(() -> store.change(connection -> {
                        execute(connection, "INSERT INTO things VALUES ('b')");
                        execute(connection, "INSERT INTO things VALUES ('a')");
                    }))
                    .isInstanceOf(Store.StoreException.class)
                    .hasMessageContaining("serve.db");
            assertThatThrownBy(() -> store.change(connection -> {
                        execute(connection, "INSERT INTO things VALUES ('c')");
                        throw new IllegalArgumentException("mine");
                    }))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(count(store)).isOne();
        }
        try (Store again = Store.open(folder)) {
            assertThat(count(again)).isOne();
            assertThatThrownBy(() -> again.read(connection -> {
                        execute(connection, "INSERT INTO things VALUES ('d')");
                        return 1;
                    }))
                    .hasMessageContaining("readonly");
        }
    }

    @Test
    void readersSeeOneStateWhileSomebodyWrites() throws Exception {
        try (Store store = Store.open(folder)) {
            store.change(connection -> execute(connection, "CREATE TABLE things (name TEXT)"));
            CountDownLatch written = new CountDownLatch(1);
            Thread writer = new Thread(() -> {
                IntStream.range(0, 20)
                        .forEach(thing -> store.change(
                                connection -> execute(connection, "INSERT INTO things VALUES ('a'), ('b')")));
                written.countDown();
            });
            writer.start();
            while (written.getCount() > 0) {
                assertThat(count(store) % 2).isZero();
            }
            assertThat(written.await(1, TimeUnit.MINUTES)).isTrue();
            writer.join();
            assertThat(count(store)).isEqualTo(40);
        }
    }

    private boolean holds(String word) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(word)) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    void whatIsDeletedIsInNoFileOnceTheLogIsEmpty() throws Exception {
        try (Store store = Store.open(folder)) {
            store.change(connection -> execute(connection, "CREATE TABLE things (name TEXT)"));
            store.change(connection -> execute(connection, "INSERT INTO things VALUES ('quillfeather'), ('stays')"));
            assertThat(store.emptyLog()).isTrue();
            store.change(connection -> execute(connection, "DELETE FROM things WHERE name <> 'stays'"));
            assertThat(holds("quillfeather")).isTrue();
            assertThat(store.emptyLog()).isTrue();
            assertThat(holds("quillfeather")).isFalse();
            assertThat(holds("stays")).isTrue();
            assertThat(count(store)).isOne();
        }
    }

    /** Servers before this version left what they deleted on free pages. */
    @Test
    void whatAnEarlierServerDeletedGoesWithTheUpgrade() throws Exception {
        Store.open(folder).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(Store.FILE))) {
            execute(connection, "PRAGMA secure_delete = false");
            execute(connection, "DROP INDEX files_by_deletion");
            execute(connection, "PRAGMA user_version = 10");
            execute(connection, "CREATE TABLE things (name TEXT)");
            execute(connection, "INSERT INTO things VALUES ('quillfeather')");
            execute(connection, "DELETE FROM things");
        }
        assertThat(holds("quillfeather")).isTrue();
        Store.open(folder).close();
        assertThat(holds("quillfeather")).isFalse();
    }

    @Test
    void aFolderHasOneServer() {
        try (Store store = Store.open(folder)) {
            assertThatThrownBy(() -> Store.open(folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(
                            "is served by process " + ProcessHandle.current().pid())
                    .hasMessageContaining("give another dir");
            assertThat(store.<Integer>read(connection -> 1)).isOne();
        }
        Store.open(folder).close();
    }

    @Test
    void aNewerDatabaseIsRefusedAndLeftAlone() throws Exception {
        Store.open(folder).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(Store.FILE))) {
            execute(connection, "PRAGMA user_version = 900");
        }
        for (int time = 0; time < 2; time++) {
            assertThatThrownBy(() -> Store.open(folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("has version 900 but this program knows versions up to")
                    .hasMessageContaining("newer program");
        }
    }

    /** At the file's beginning, which is no database then; in its middle, where a page is not what another one says. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4096})
    void aDamagedDatabaseIsRefusedWithWhatToDo(int place) throws Exception {
        try (Store store = Store.open(folder)) {
            store.change(connection -> execute(connection, "CREATE TABLE things (name TEXT)"));
        }
        Path file = folder.resolve(Store.FILE);
        byte[] bytes = Files.readAllBytes(file);
        for (int at = place; at < place + 2048; at++) {
            bytes[at] = (byte) (at * 31);
        }
        Files.write(file, bytes);
        assertThatThrownBy(() -> Store.open(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("restore it from a copy, or move it away");
        Files.delete(file);
        for (String beside : List.of("-wal", "-shm")) {
            Files.deleteIfExists(Path.of(file + beside));
        }
        Store.open(folder).close();
    }
}
