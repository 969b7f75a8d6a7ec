package org.align4j.serve.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The database of a server, {@code serve.db} in its folder: one thread writes, a few connections read beside it. A write is one transaction, on the
 * disk when {@link #write} returns. One server has the folder at a time.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Store implements AutoCloseable {
    private Store() {}

    /** Statements on a connection; they neither commit nor close it. */
    @FunctionalInterface
    public interface Work<T> {
        /** Runs the statements. */
        T on(Connection connection) throws SQLException;
    }

    /**
     * Opens the database of a folder, made where it is missing, and brings it to this version's tables.
     *
     * @throws org.align4j.core.error.InputException where another server has the folder, or the database is damaged or of a newer version
     */
    public static Store open(Path folder) {
        throw new UnsupportedOperationException();
    }

    /** Runs statements in one transaction on the writing thread; all of them are on the disk afterwards, or none. */
    public <T> T write(Work<T> work) {
        throw new UnsupportedOperationException();
    }

    /** Runs reading statements, all of which see one state of the database. */
    public <T> T read(Work<T> work) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
