package org.align4j.serve.store;

import java.sql.SQLException;
import org.align4j.web.FreshId;

/** What webhooks tell, entered in the transaction in which it happens. */
public final class Notices {
    private Notices() {}

    /**
     * Enters that something happened.
     *
     * @param table whose rows have an id and a project
     * @param number of the row that it happened to
     * @param type such as {@code fine_tuning.job.succeeded}
     * @param now in seconds since 1970
     */
    public static void enter(Sql sql, String table, long number, String type, long now) throws SQLException {
        sql.update(
                "INSERT INTO notices (id, project, type, subject, created) SELECT ?, project, ?, id, ? FROM " + table
                        + " WHERE number = ?",
                FreshId.fresh("evt_"),
                type,
                now,
                number);
    }
}
