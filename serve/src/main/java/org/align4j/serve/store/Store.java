package org.align4j.serve.store;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.LockFile;
import org.align4j.core.machine.Natives;
import org.align4j.core.page.HtmlPage;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * The database of a server, {@code serve.db} in its folder: one thread writes, a few connections read beside it. A write is one transaction, on the
 * disk when {@link #write} returns. One server has the folder at a time.
 */
public final class Store implements AutoCloseable {
    /** The name of the database in the server's folder. */
    public static final String FILE = "serve.db";

    private static final String LOCK = "serve.lock";
    private static final int READERS = 4;
    private static final int BUSY_MILLIS = 10_000;

    /** What makes the tables of each version from those of the one before; a released one never changes. */
    private static final List<String> MIGRATIONS = List.of(
            "001-jobs.sql",
            "002-files.sql",
            "003-batches.sql",
            "004-checksums.sql",
            "005-names.sql",
            "008-notices.sql",
            "009-usage.sql",
            "010-tinker.sql");

    /** Called before each write; only tests, from within this package, put something in its place. */
    private static volatile Runnable beforeWrite = () -> {};

    private final Path file;
    private final LockFile lock;
    private final Connection writer;
    private final BlockingQueue<Connection> readers = new ArrayBlockingQueue<>(READERS);
    private final ExecutorService writing = Executors.newSingleThreadExecutor(work -> new Thread(work, "store-writer"));

    private Store(Path file, LockFile lock, Connection writer) throws SQLException {
        this.file = file;
        this.lock = lock;
        this.writer = writer;
        for (int reader = 0; reader < READERS; reader++) {
            readers.add(connect(file, true));
        }
    }

    /** Statements on a connection; they neither commit nor close it. */
    @FunctionalInterface
    public interface Work<T> {
        /** Runs the statements. */
        T on(Connection connection) throws SQLException;
    }

    /** Statements that have no result. */
    @FunctionalInterface
    public interface Statements {
        /** Runs the statements. */
        void on(Connection connection) throws SQLException;
    }

    /** A database that can't be read or written: a full disk, or a damaged file. */
    public static final class StoreException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final boolean full;

        StoreException(Path file, SQLException failed) {
            super(format("%s can't be used: %s.", file, told(failed)), failed);
            this.full = failed instanceof SQLiteException known && known.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
        }

        /** Whether the disk is full. */
        public boolean isDiskFull() {
            return full;
        }
    }

    /**
     * Opens the database of a folder, made where it is missing, and brings it to this version's tables.
     *
     * @throws InputException where another server has the folder, or the database is damaged or of a newer version
     */
    public static Store open(Path folder) {
        Path file = folder.resolve(FILE);
        LockFile lock = lock(folder);
        try {
            prepareLibrary();
            Connection writer = connect(file, false);
            try {
                requireSound(writer, file);
                migrate(writer, file);
                return new Store(file, lock, writer);
            } catch (SQLException | RuntimeException failed) {
                writer.close();
                throw failed;
            }
        } catch (SQLException failed) {
            close(lock);
            throw new InputException(
                    format(
                            "%s can't be opened: %s; restore it from a copy, or move it away and the server begins without jobs and files.",
                            file, told(failed)),
                    failed);
        } catch (RuntimeException failed) {
            close(lock);
            throw failed;
        }
    }

    private static LockFile lock(Path folder) {
        Path path = folder.resolve(LOCK);
        try {
            Folders.make(folder);
            LockFile lock = LockFile.tryTake(path);
            if (lock == null) {
                throw new InputException(format(
                        "%s is served by process %s already; stop it, or give another dir.",
                        folder, LockFile.noteIn(path).strip()));
            }
            lock.note(ProcessHandle.current().pid() + "\n");
            return lock;
        } catch (IOException failed) {
            throw new InputException(format("%s can't be written: %s.", folder, FileFailure.reason(failed)), failed);
        }
    }

    /** Has the database's library come from where the engine's do, with the content that the program brings. */
    private static synchronized void prepareLibrary() {
        if (System.getProperty("org.sqlite.lib.path") == null) {
            String place = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + LibraryLoaderUtil.getNativeLibName();
            URL library = Objects.requireNonNull(
                    SQLiteJDBCLoader.class.getResource(place), "no library of SQLite for this system");
            Path unpacked = Natives.unpacked("sqlite", SQLiteJDBCLoader.getVersion(), library);
            System.setProperty("org.sqlite.lib.path", String.valueOf(unpacked.getParent()));
            System.setProperty("org.sqlite.lib.name", String.valueOf(unpacked.getFileName()));
        }
    }

    private static Connection connect(Path file, boolean reads) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(BUSY_MILLIS);
        if (!reads) {
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        }
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            if (reads) {
                statement.execute("PRAGMA query_only = true");
            }
            connection.setAutoCommit(false);
            return connection;
        }
    }

    private static void requireSound(Connection connection, Path file) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("PRAGMA quick_check(1)")) {
            String first = found.next() ? found.getString(1) : "nothing";
            if (!"ok".equals(first)) {
                throw new InputException(format(
                        "%s is damaged (%s); restore it from a copy, or move it away and the server begins without jobs and files.",
                        file, first.lines().findFirst().orElse("")));
            }
        }
        connection.commit();
    }

    private static void migrate(Connection connection, Path file) throws SQLException {
        int version = version(connection);
        int newest = number(MIGRATIONS.get(MIGRATIONS.size() - 1));
        if (version > newest) {
            throw new InputException(format(
                    "%s has version %d but this program knows versions up to %d; start the newer program that made it.",
                    file, version, newest));
        }
        for (String migration : MIGRATIONS) {
            if (number(migration) <= version) {
                continue;
            }
            beforeWrite.run();
            try (Statement statement = connection.createStatement()) {
                for (String sql : text(migration).split(";\\s*\\n", -1)) {
                    if (!sql.isBlank()) {
                        statement.execute(sql);
                    }
                }
                statement.execute("PRAGMA user_version = " + number(migration));
            }
            connection.commit();
        }
    }

    private static int number(String migration) {
        return Integer.parseInt(migration.substring(0, migration.indexOf('-')));
    }

    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("PRAGMA user_version")) {
            int version = found.next() ? found.getInt(1) : 0;
            connection.commit();
            return version;
        }
    }

    private static String text(String resource) {
        try {
            return HtmlPage.resource(Store.class, resource);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Runs statements in one transaction on the writing thread; all of them are on the disk afterwards, or none. */
    public <T> T write(Work<T> work) {
        try {
            return writing.submit(() -> committed(work)).get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException refused) {
                throw new StoreException(file, refused);
            }
            if (failed.getCause() instanceof RuntimeException thrown) {
                throw thrown;
            }
            throw new IllegalStateException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the database was written", interrupted);
        } catch (RejectedExecutionException closed) {
            throw new IllegalStateException("the database is closed", closed);
        }
    }

    /** Runs statements without a result like {@link #write}. */
    public void change(Statements statements) {
        write(connection -> {
            statements.on(connection);
            return true;
        });
    }

    private <T> T committed(Work<T> work) throws SQLException {
        boolean done = false;
        try {
            beforeWrite.run();
            T result = work.on(writer);
            writer.commit();
            done = true;
            return result;
        } finally {
            if (!done) {
                writer.rollback();
            }
        }
    }

    /** Runs reading statements, all of which see one state of the database. */
    public <T> T read(Work<T> work) {
        try {
            Connection reader = readers.take();
            try {
                return work.on(reader);
            } finally {
                reader.rollback();
                readers.add(reader);
            }
        } catch (SQLException failed) {
            throw new StoreException(file, failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the database was read", interrupted);
        }
    }

    private static String told(SQLException failed) {
        return String.valueOf(failed.getMessage()).lines().findFirst().orElse("");
    }

    /** Puts something before each write of this process, and answers with what stood there. */
    static Runnable beforeWrite(Runnable other) {
        Runnable former = beforeWrite;
        beforeWrite = other;
        return former;
    }

    @Override
    public void close() {
        writing.shutdown();
        try {
            if (!writing.awaitTermination(1, TimeUnit.MINUTES)) {
                return; // a write hangs on the disk; the lock goes with the process
            }
            for (int reader = 0; reader < READERS; reader++) {
                readers.take().close();
            }
            writer.close();
        } catch (SQLException failed) {
            throw new StoreException(file, failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            close(lock);
        }
    }

    private static void close(LockFile lock) {
        try {
            lock.close();
        } catch (IOException goneWithTheProcess) {
            // The operating system releases the lock in any case.
        }
    }
}
