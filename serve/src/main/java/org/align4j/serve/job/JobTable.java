package org.align4j.serve.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobEvent.Kind;
import org.align4j.serve.job.JobEvent.Level;
import org.align4j.serve.store.Call;
import org.align4j.serve.store.Notices;
import org.align4j.serve.store.Sql;
import org.align4j.web.HiddenPaths;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** The statements of jobs, their events and their models on one connection, whose transaction is the caller's. */
record JobTable(Sql sql) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LETTERS = 24;

    JobTable(Connection connection) {
        this(new Sql(connection));
    }

    /**
     * A job with what only its training needs.
     *
     * @param number of the job in the table
     * @param job as clients see it
     * @param examined whether its files were examined
     * @param stepsAnEpoch steps after which an epoch ends; 0 before its files were examined
     * @param memory bytes that its training takes at its peak, as forecast
     * @param pauses how often it was paused
     * @param trainer the process that trains it, or the last one; null where none did
     * @param deleted whether its project sees it no more
     */
    record Kept(
            long number,
            Job job,
            boolean examined,
            int stepsAnEpoch,
            long memory,
            int pauses,
            @Nullable String trainer,
            boolean deleted) {}

    /**
     * Something to be reported about a job, once for each kind and step.
     *
     * @param kind what happened
     * @param step at which step of the training; 0 where that says nothing
     * @param level how bad it is
     * @param text for a person
     * @param data figures; null for a sentence
     */
    record Told(
            String kind,
            int step,
            Level level,
            String text,
            @Nullable Map<String, Object> data) {
        /** Returns a sentence that is reported once. */
        static Told sentence(String kind, int step, String text) {
            return new Told(kind, step, Level.INFO, text, null);
        }
    }

    /** Makes an id that nothing else has. */
    static String id(String prefix) {
        StringBuilder id = new StringBuilder(prefix);
        for (int letter = 0; letter < ID_LETTERS; letter++) {
            id.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return id.toString();
    }

    /** Returns the present in whole seconds. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    Kept add(JobRequest asked, Call call) throws SQLException {
        int seed = asked.seed() == null ? RANDOM.nextInt(Integer.MAX_VALUE) : asked.seed();
        String id = id("ftjob-");
        sql.update(
                "INSERT INTO jobs (id, project, state, asked, metadata, seed, created, digest, call_key, turn) VALUES"
                        + " (?, ?, 'VALIDATING', ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(turn), 0) + 1 FROM jobs))",
                id,
                asked.project(),
                Json.text(asked),
                Json.text(asked.metadata()),
                seed,
                now().getEpochSecond(),
                call.digest(),
                call.key());
        Kept kept = find(asked.project(), id).orElseThrow();
        tell(kept.number(), Told.sentence("created", 0, "Created fine-tuning job: " + id));
        for (int note = 0; note < asked.notes().size(); note++) {
            tell(kept.number(), Told.sentence("note", note, asked.notes().get(note)));
        }
        return kept;
    }

    Optional<Kept> find(String project, String id) throws SQLException {
        return first(jobs("WHERE project = ? AND id = ? AND deleted = 0", project, id));
    }

    Kept get(long number) throws SQLException {
        return jobs("WHERE number = ?", number).get(0);
    }

    /** Lists the jobs of a project before a number, the newest first; see {@link Jobs#list}. */
    List<Kept> list(String project, long before, int limit, @Nullable Map<String, String> metadata)
            throws SQLException {
        StringBuilder where = new StringBuilder("WHERE project = ? AND number < ? AND deleted = 0");
        List<@Nullable Object> values = new ArrayList<>(List.of(project, before));
        if (metadata == null) {
            where.append(" AND metadata = '{}'");
        } else {
            metadata.forEach((key, value) -> {
                where.append(" AND EXISTS (SELECT 1 FROM json_each(jobs.metadata) WHERE key = ? AND value = ?)");
                values.add(key);
                values.add(value);
            });
        }
        values.add(limit);
        return jobs(where + " ORDER BY number DESC LIMIT ?", values.toArray());
    }

    /** Lists jobs that are to be examined, or to be trained, those first that were begun. */
    List<Kept> due(boolean examined, int limit) throws SQLException {
        return jobs(
                examined
                        ? "WHERE state IN ('RUNNING', 'QUEUED') AND examined = 1 ORDER BY state = 'QUEUED', turn LIMIT"
                                + " ?"
                        : "WHERE state IN ('VALIDATING', 'QUEUED') AND examined = 0 ORDER BY turn LIMIT ?",
                limit);
    }

    boolean needs(String project, String file) throws SQLException {
        return sql.number(
                        "SELECT COUNT(*) FROM jobs WHERE project = ? AND state NOT IN ('SUCCEEDED', 'FAILED',"
                                + " 'CANCELLED') AND ? IN (json_extract(asked, '$.trainingFile'), json_extract(asked,"
                                + " '$.validationFile'))",
                        project,
                        file)
                > 0;
    }

    /** Lists the jobs of a project that ended and that a file's rows were in, those included that clients deleted. */
    List<Kept> endedWith(String project, String file) throws SQLException {
        return jobs(
                "WHERE project = ? AND state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
                        + " AND ? IN (json_extract(asked, '$.trainingFile'), json_extract(asked, '$.validationFile'))",
                project,
                file);
    }

    /** Takes out of what a job reported the sentences that may quote its rows, and reports that these were deleted. */
    void forgetRows(long number, String file, boolean training) throws SQLException {
        String gone = "This sentence could quote rows of " + file + " and was deleted with them.";
        sql.update(
                "UPDATE job_events SET text = ?, data = '{}' WHERE job = ? AND (kind = 'failed' OR kind LIKE"
                        + " 'warned-%')",
                gone, number);
        sql.update("UPDATE jobs SET fault = json_set(fault, '$.message', ?) WHERE number = ?", gone, number);
        tell(
                number,
                Told.sentence(
                        "rows-deleted",
                        training ? 0 : 1,
                        "The rows of " + file + " were deleted, and with them what this job had copied of them"));
    }

    /**
     * Refuses a job whose start was deleted meanwhile.
     *
     * @throws Refusal 400
     */
    void requireStart(JobRequest asked) throws SQLException {
        Object adapter = asked.options().get("adapter");
        if (adapter != null
                && sql.number("SELECT COUNT(*) FROM models WHERE adapter = ? AND gone = 0", adapter.toString()) == 0) {
            throw new Refusal(400, "The model that the job starts from was deleted; name another one.")
                    .about("model", "model_not_available");
        }
    }

    /** Returns an unfinished job that starts from a model; empty where none does. */
    Optional<String> startingFrom(TunedModel model) throws SQLException {
        return sql
                .texts(
                        "SELECT id FROM jobs WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
                                + " AND json_extract(asked, '$.options.adapter') = ? LIMIT 1",
                        model.adapter().toString())
                .stream()
                .findFirst();
    }

    int waiting() throws SQLException {
        return (int) sql.number("SELECT COUNT(*) FROM jobs WHERE state IN ('VALIDATING', 'QUEUED')");
    }

    Map<State, Long> counts() throws SQLException {
        Map<State, Long> counts = new EnumMap<>(State.class);
        sql.select(
                row -> counts.put(State.valueOf(row.getString(1)), row.getLong(2)),
                "SELECT state, COUNT(*) FROM jobs GROUP BY state");
        return counts;
    }

    /** Moves a job that is in one of some states to another one, and says whether it was. */
    boolean move(long number, State to, State... from) throws SQLException {
        StringBuilder states = new StringBuilder();
        for (State state : from) {
            states.append(states.isEmpty() ? "'" : ", '").append(state).append('\'');
        }
        Long finished = to.isFinal() ? now().getEpochSecond() : null;
        boolean moved = sql.update(
                        "UPDATE jobs SET state = ?, finished = COALESCE(finished, ?) WHERE number = ? AND state IN ("
                                + states + ")",
                        to.name(),
                        finished,
                        number)
                > 0;
        if (moved && finished != null) {
            Notices.enter(sql, "jobs", number, "fine_tuning.job." + to.label(), finished);
        }
        return moved;
    }

    /** Hides a job from its project, without what it reported; its request stays, by which a repeated call is known. */
    void delete(long number) throws SQLException {
        sql.update("UPDATE jobs SET deleted = 1, fault = NULL WHERE number = ?", number);
        sql.update("DELETE FROM job_events WHERE job = ?", number);
    }

    /** Puts a job behind all others. */
    void queueLast(long number) throws SQLException {
        sql.update("UPDATE jobs SET turn = (SELECT MAX(turn) + 1 FROM jobs) WHERE number = ?", number);
    }

    void examined(long number, int stepsAnEpoch, long memory) throws SQLException {
        sql.update(
                "UPDATE jobs SET examined = 1, steps_an_epoch = ?, memory = ? WHERE number = ?",
                stepsAnEpoch,
                memory,
                number);
    }

    void paused(long number) throws SQLException {
        sql.update("UPDATE jobs SET pauses = pauses + 1 WHERE number = ?", number);
    }

    void trainer(long number, String trainer) throws SQLException {
        sql.update("UPDATE jobs SET trainer = ? WHERE number = ?", trainer, number);
    }

    void settled(long number, Map<String, Object> settled) throws SQLException {
        sql.update("UPDATE jobs SET settled = ? WHERE number = ?", Json.text(settled), number);
    }

    void fault(long number, Fault given) throws SQLException {
        Fault fault = new Fault(given.code(), HiddenPaths.in(given.message()), given.param());
        sql.update("UPDATE jobs SET fault = ? WHERE number = ?", Json.text(fault), number);
        tell(number, new Told("failed", 0, Level.ERROR, fault.message(), null));
    }

    void result(long number, String tunedModel, long trainedTokens, String resultFile) throws SQLException {
        sql.update(
                "UPDATE jobs SET tuned_model = ?, trained_tokens = ?, result_files = ? WHERE number = ?",
                tunedModel,
                trainedTokens,
                Json.text(List.of(resultFile)),
                number);
    }

    /** Reports something unless it was reported before. */
    void tell(long number, Told told) throws SQLException {
        sql.update(
                "INSERT INTO job_events (id, job, kind, step, time, level, text, metrics, data)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, kind, step) DO NOTHING",
                id("ftevent-"),
                number,
                told.kind(),
                told.step(),
                now().getEpochSecond(),
                told.level().name(),
                HiddenPaths.in(told.text()),
                told.data() != null,
                Json.text(told.data() == null ? Map.of() : told.data()));
    }

    /** Returns the last step whose figures were reported; 0 where none were. */
    int lastStep(long number) throws SQLException {
        return (int)
                sql.number("SELECT COALESCE(MAX(step), 0) FROM job_events WHERE job = ? AND kind = 'step'", number);
    }

    List<JobEvent> events(long number, long before, int limit) throws SQLException {
        return sql.select(
                found -> new JobEvent(
                        found.getString(1),
                        Instant.ofEpochSecond(found.getLong(2)),
                        Level.valueOf(found.getString(3)),
                        found.getBoolean(5) ? Kind.METRICS : Kind.MESSAGE,
                        found.getString(7),
                        found.getInt(8),
                        found.getString(4),
                        map(found.getString(6))),
                "SELECT id, time, level, text, metrics, data, kind, step FROM job_events WHERE job = ? AND number < ?"
                        + " ORDER BY number DESC LIMIT ?",
                number,
                before,
                limit);
    }

    /** Enters a model with the figures of its step, unless it was entered before. */
    void add(long number, TunedModel model, Map<String, Object> metrics) throws SQLException {
        sql.update(
                "INSERT INTO models (id, name, project, job, step, metrics, base, model, adapter, created)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
                id("ftckpt_"),
                model.name(),
                model.project(),
                number,
                model.step(),
                Json.text(metrics),
                model.start().base(),
                model.start().model(),
                model.adapter().toString(),
                model.created().getEpochSecond());
    }

    /**
     * Marks all checkpoints of a job but some as gone.
     *
     * @param keep how many stay
     * @param figure of the step by which they stay, the largest ones; empty keeps the newest
     */
    void dropOthers(long number, int keep, String figure) throws SQLException {
        sql.update(
                "UPDATE models SET gone = 1 WHERE job = ? AND step IS NOT NULL AND step NOT IN (SELECT step FROM"
                        + " models WHERE job = ? AND step IS NOT NULL ORDER BY CASE WHEN ? = '' THEN 0 ELSE"
                        + " COALESCE(json_extract(metrics, '$.' || ?), -1e300) END DESC, step DESC LIMIT ?)",
                number,
                number,
                figure,
                figure,
                keep);
    }

    /**
     * Marks models as gone.
     *
     * @throws Refusal 400 where an unfinished job starts from one of them; none is marked then
     */
    void drop(List<TunedModel> models) throws SQLException {
        for (TunedModel model : models) {
            Optional<String> user = startingFrom(model);
            if (user.isPresent()) {
                throw new Refusal(
                                400,
                                "The model " + model.name() + " is what job " + user.get()
                                        + " starts from; cancel that job, or delete the model once it has ended.")
                        .about("model", "model_in_use");
            }
            sql.update("UPDATE models SET gone = 1 WHERE name = ?", model.name());
        }
    }

    /** Lists the models of a job that are there. */
    List<TunedModel> models(long number) throws SQLException {
        return models("WHERE models.job = ? AND gone = 0 ORDER BY models.number", number);
    }

    /** Lists the ids of ended jobs all of whose models are gone. */
    List<String> withoutModels() throws SQLException {
        return sql.texts("SELECT id FROM jobs WHERE state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')"
                + " AND EXISTS (SELECT 1 FROM models WHERE models.job = jobs.number)"
                + " AND NOT EXISTS (SELECT 1 FROM models WHERE models.job = jobs.number AND gone = 0)");
    }

    /** Whether a model was entered, gone or not. */
    boolean knows(String name) throws SQLException {
        return sql.number("SELECT COUNT(*) FROM models WHERE name = ?", name) > 0;
    }

    List<TunedModel> models(String project) throws SQLException {
        return models("WHERE models.project = ? AND gone = 0 ORDER BY models.number", project);
    }

    Optional<TunedModel> model(String project, String name) throws SQLException {
        return models("WHERE models.project = ? AND name = ? AND gone = 0", project, name).stream()
                .findFirst();
    }

    /** Lists the folders of all models that are there. */
    List<String> adapters() throws SQLException {
        return sql.texts("SELECT adapter FROM models WHERE gone = 0");
    }

    /** Lists the ids of the jobs that clients deleted. */
    List<String> deleted() throws SQLException {
        return sql.texts("SELECT id FROM jobs WHERE deleted = 1");
    }

    private List<TunedModel> models(String where, Object... values) throws SQLException {
        return sql.select(
                found -> new TunedModel(
                        found.getString(1),
                        found.getString(2),
                        found.getString(3),
                        (Integer) found.getObject(4),
                        new TunedModel.Base(found.getString(5), found.getString(6)),
                        Path.of(found.getString(7)),
                        Instant.ofEpochSecond(found.getLong(8))),
                "SELECT name, models.project, jobs.id, step, base, model, adapter, models.created FROM models"
                        + " JOIN jobs ON jobs.number = models.job " + where,
                values);
    }

    List<JobCheckpoint> checkpoints(long number, long before, int limit) throws SQLException {
        return sql.select(
                found -> new JobCheckpoint(
                        found.getString(1),
                        Instant.ofEpochSecond(found.getLong(2)),
                        found.getInt(3),
                        found.getString(4),
                        map(found.getString(5))),
                "SELECT id, created, step, name, metrics FROM models WHERE job = ? AND step IS NOT NULL"
                        + " AND gone = 0 AND number < ? ORDER BY number DESC LIMIT ?",
                number,
                before,
                limit);
    }

    private static Optional<Kept> first(List<Kept> jobs) {
        return jobs.stream().findFirst();
    }

    private List<Kept> jobs(String where, @Nullable Object... values) throws SQLException {
        return sql.select(
                found -> new Kept(
                        found.getLong("number"),
                        job(found),
                        found.getBoolean("examined"),
                        found.getInt("steps_an_epoch"),
                        found.getLong("memory"),
                        found.getInt("pauses"),
                        found.getString("trainer"),
                        found.getBoolean("deleted")),
                "SELECT * FROM jobs " + where,
                values);
    }

    private static Job job(ResultSet found) throws SQLException {
        try {
            String fault = found.getString("fault");
            Number finished = (Number) found.getObject("finished");
            Number tokens = (Number) found.getObject("trained_tokens");
            return new Job(
                    found.getString("id"),
                    Json.read(found.getString("asked"), JobRequest.class),
                    found.getInt("seed"),
                    new Job.Standing(
                            State.valueOf(found.getString("state")),
                            Instant.ofEpochSecond(found.getLong("created")),
                            finished == null ? null : Instant.ofEpochSecond(finished.longValue()),
                            null,
                            fault == null ? null : Json.read(fault, Fault.class)),
                    new Job.Outcome(
                            map(found.getString("settled")),
                            tokens == null ? null : tokens.longValue(),
                            found.getString("tuned_model"),
                            List.of(Json.read(found.getString("result_files"), String[].class))));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program wrote is JSON", impossible);
        }
    }

    @SuppressWarnings("unchecked") // an object of JSON has text keys
    private static Map<String, Object> map(String json) {
        try {
            return Json.read(json, LinkedHashMap.class);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what this program wrote is JSON", impossible);
        }
    }
}
