package org.align4j.serve.job;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** The uploaded and made files of clients, as jobs need them. */
public interface JobFiles {
    /**
     * Finds the whole content of a file that rows are in.
     *
     * @return empty where the project has no such file
     */
    Optional<Path> rows(String project, String id);

    /**
     * Enters a file of purpose {@code fine-tune-results} in the transaction of the job that made it. Its content is whole and stays where it is
     * until the file is deleted.
     */
    void enter(Connection connection, ResultFile file) throws SQLException;

    /** Deletes a file in the transaction that deletes its job; its bytes go with the next sweep. */
    void discard(Connection connection, String project, String id) throws SQLException;

    /**
     * A file that a job made.
     *
     * @param id {@code file-…}, made by the job
     * @param project whose it is
     * @param name such as {@code step_metrics.csv}
     * @param content where its bytes lie
     */
    record ResultFile(String id, String project, String name, Path content) {}
}
