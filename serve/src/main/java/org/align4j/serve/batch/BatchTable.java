package org.align4j.serve.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.serve.batch.Batch.Counts;
import org.align4j.serve.batch.Batch.Problem;
import org.align4j.serve.batch.Batch.State;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Notices;
import org.align4j.serve.store.Sql;
import org.align4j.web.FreshId;
import org.jspecify.annotations.Nullable;

/** The statements of batches and of their answers on one connection, whose transaction is the caller's. */
record BatchTable(Sql sql) {
    private static final String COLUMNS =
            "SELECT number, id, project, asker, endpoint, input, state, times, metadata, lifetime, model, problems,"
                    + " total, completed, failed, prompt_tokens, reused_tokens, answer_tokens, output, errors FROM"
                    + " batches ";

    BatchTable(Connection connection) {
        this(new Sql(connection));
    }

    /**
     * A batch with its number in the table.
     *
     * @param number of the batch
     * @param batch as clients see it
     */
    record Kept(long number, Batch batch) {}

    /**
     * What became of one request.
     *
     * @param line of the file that it is in
     * @param failed whether it was refused
     * @param document the line that reports it
     * @param tokens of the answer
     */
    record Line(int line, boolean failed, String document, TokenCount tokens) {}

    Kept add(Batch.Asked asked, Call call, long now) throws SQLException {
        String id = FreshId.fresh("batch_");
        sql.update(
                "INSERT INTO batches (id, project, asker, endpoint, input, state, times, metadata, lifetime, digest,"
                        + " call_key, created) VALUES (?, ?, ?, ?, ?, 'VALIDATING', json_object('VALIDATING', ?), ?, ?, ?,"
                        + " ?, ?)",
                id,
                asked.project(),
                asked.key(),
                asked.endpoint(),
                asked.input(),
                now,
                Json.text(asked.metadata()),
                asked.lifetime(),
                call.digest(),
                call.key(),
                now);
        return find(asked.project(), id).orElseThrow();
    }

    Optional<Kept> find(String project, String id) throws SQLException {
        return select("WHERE project = ? AND id = ?", project, id).stream().findFirst();
    }

    Kept get(long number) throws SQLException {
        return select("WHERE number = ?", number).get(0);
    }

    /** Lists batches of a project, the newest first, below a number. */
    List<Kept> list(String project, long below, int limit) throws SQLException {
        return select("WHERE project = ? AND number < ? ORDER BY number DESC LIMIT ?", project, below, limit);
    }

    /** Lists what isn't over, the oldest first. */
    List<Kept> unfinished() throws SQLException {
        return select("WHERE state IN ('VALIDATING', 'IN_PROGRESS', 'FINALIZING', 'CANCELLING') ORDER BY number");
    }

    int countUnfinished() throws SQLException {
        return (int)
                sql.number("SELECT COUNT(*) FROM batches WHERE state IN ('VALIDATING', 'IN_PROGRESS', 'FINALIZING',"
                        + " 'CANCELLING')");
    }

    /** Returns whether a batch that isn't over reads a file. */
    boolean needs(String project, String file) throws SQLException {
        return sql.number(
                        "SELECT COUNT(*) FROM batches WHERE project = ? AND input = ?"
                                + " AND state IN ('VALIDATING', 'IN_PROGRESS', 'FINALIZING', 'CANCELLING')",
                        project,
                        file)
                > 0;
    }

    /** Brings a batch from one of some states to another, and says whether it was in one of them. */
    boolean move(long number, State to, long now, State... from) throws SQLException {
        boolean moved = false;
        for (State state : from) {
            moved |= sql.update(
                            "UPDATE batches SET state = ?, times = json_set(times, '$.' || ?, ?) WHERE number = ? AND"
                                    + " state = ?",
                            to.name(),
                            to.name(),
                            now,
                            number,
                            state.name())
                    > 0;
        }
        if (moved && to.isFinal()) {
            Notices.enter(sql, "batches", number, "batch." + to.word(), now);
        }
        return moved;
    }

    /** Notes that a batch's time is over, while its files are still to be written. */
    void late(long number, long now) throws SQLException {
        sql.update("UPDATE batches SET times = json_insert(times, '$.EXPIRED', ?) WHERE number = ?", now, number);
    }

    void examined(long number, @Nullable String model, int total, List<Problem> problems) throws SQLException {
        sql.update(
                "UPDATE batches SET model = ?, total = ?, problems = ? WHERE number = ?",
                model,
                total,
                Json.text(problems),
                number);
    }

    /** Enters what became of a request; what became of it before stays. */
    void answered(long number, Line line) throws SQLException {
        int entered = sql.update(
                "INSERT OR IGNORE INTO batch_answers (batch, line, failed, document) VALUES (?, ?, ?, ?)",
                number,
                line.line,
                line.failed ? 1 : 0,
                line.document);
        if (entered > 0) {
            sql.update(
                    "UPDATE batches SET completed = completed + ?, failed = failed + ?, prompt_tokens = prompt_tokens"
                            + " + ?, reused_tokens = reused_tokens + ?, answer_tokens = answer_tokens + ? WHERE number ="
                            + " ?",
                    line.failed ? 0 : 1,
                    line.failed ? 1 : 0,
                    line.tokens.prompt(),
                    line.tokens.reused(),
                    line.tokens.answer(),
                    number);
        }
    }

    /** Returns the lines whose requests are done with. */
    BitSet lines(long number) throws SQLException {
        BitSet lines = new BitSet();
        sql.select(row -> row.getInt(1), "SELECT line FROM batch_answers WHERE batch = ?", number)
                .forEach(lines::set);
        return lines;
    }

    /** Lists documents of one kind in the order of their lines, after a line. */
    List<Line> documents(long number, boolean failed, int after, int limit) throws SQLException {
        return sql.select(
                row -> new Line(row.getInt(1), failed, row.getString(2), TokenCount.NONE),
                "SELECT line, document FROM batch_answers WHERE batch = ? AND failed = ? AND line > ? ORDER BY line"
                        + " LIMIT ?",
                number,
                failed ? 1 : 0,
                after,
                limit);
    }

    /** Names the file that holds what was answered, or what wasn't. */
    void made(long number, boolean failed, String file) throws SQLException {
        sql.update("UPDATE batches SET " + (failed ? "errors" : "output") + " = ? WHERE number = ?", file, number);
    }

    /** Deletes what became of each request, once the batch's files tell it. */
    void forget(long number) throws SQLException {
        sql.update("DELETE FROM batch_answers WHERE batch = ?", number);
    }

    /** Replaces the sentences about the lines of a deleted file, which may quote them. */
    void forgetLines(String project, String file) throws SQLException {
        for (Kept kept : select("WHERE project = ? AND input = ? AND problems <> '[]'", project, file)) {
            List<Problem> problems = kept.batch.problems().stream()
                    .map(problem -> new Problem(
                            problem.code(),
                            "The file was deleted, and with it what was said of its lines.",
                            problem.line(),
                            problem.param()))
                    .toList();
            sql.update("UPDATE batches SET problems = ? WHERE number = ?", Json.text(problems), kept.number);
        }
    }

    private List<Kept> select(String where, Object... values) throws SQLException {
        return sql.select(row -> new Kept(row.getLong(1), batch(row)), COLUMNS + where, values);
    }

    private static Batch batch(ResultSet row) throws SQLException {
        Number lifetime = (Number) row.getObject(10);
        Batch.Asked asked = new Batch.Asked(
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                lifetime == null ? null : Long.valueOf(lifetime.longValue()),
                map(row.getString(9)));
        TokenCount tokens = new TokenCount(row.getLong(16), row.getLong(17), row.getLong(18));
        return new Batch(
                row.getString(2),
                asked,
                State.valueOf(row.getString(7)),
                times(row.getString(8)),
                row.getString(11),
                List.of(read(row.getString(12), Problem[].class)),
                new Counts(row.getInt(13), row.getInt(14), row.getInt(15), tokens),
                row.getString(19),
                row.getString(20));
    }

    private static Map<State, Long> times(String json) {
        Map<State, Long> times = new EnumMap<>(State.class);
        BatchTable.<Number>map(json).forEach((state, time) -> times.put(State.valueOf(state), time.longValue()));
        return times;
    }

    private static <T> T read(String json, Class<T> type) {
        try {
            return Json.read(json, type);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("the database holds " + json, impossible);
        }
    }

    @SuppressWarnings("unchecked") // an object of JSON has text keys, and these hold one kind of value
    private static <V> Map<String, V> map(String json) {
        return read(json, LinkedHashMap.class);
    }
}
