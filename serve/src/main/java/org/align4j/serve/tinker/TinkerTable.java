package org.align4j.serve.tinker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * Sessions, models, checkpoints and samplers in the server's database. Whatever is asked for a project finds nothing of another one's.
 *
 * @param store the database
 */
record TinkerTable(Store store) {
    private static final String MODEL =
            "SELECT id, session, project, created, asked, base, lora, metadata, trains FROM tinker_models";
    private static final String CHECKPOINT =
            "SELECT model, project, kind, name, call, created, expires, bytes, metadata FROM tinker_checkpoints";

    /**
     * What a client's program opens first.
     *
     * @param metadata the client's own notes; null in JSON where there are none
     * @param finished why the client ended it; null while it goes on
     */
    record Session(
            String id,
            String project,
            long created,
            JsonNode metadata,
            @Nullable String name,
            @Nullable String finished) {}

    /**
     * How a model's adapter begins.
     *
     * @param rank of its matrices
     * @param seed of the random ones
     * @param unembed whether the output embedding has a pair
     * @param mlp whether the MLPs have
     * @param attention whether the attention has
     */
    record Lora(int rank, long seed, boolean unembed, boolean mlp, boolean attention) {}

    /**
     * A model in training.
     *
     * @param id {@code SESSION:train:NUMBER}
     * @param making what a model was made by, and of what
     */
    record Model(String id, String session, String project, Instant created, Making making) {
        /**
         * What a model was made by, and of what.
         *
         * @param asked the call that made it, by which a repeated one is known
         * @param base name of the model that it is on
         * @param trains false where it only holds a copy of another model's weights
         */
        record Making(String asked, String base, Lora lora, JsonNode metadata, boolean trains) {}
    }

    /** What is saved: by {@code word} in a path's middle, by {@code type} where clients list it. */
    enum Kind {
        /** Weights with the optimizer's state. */
        TRAINING("weights", "training"),
        /** Weights to sample from. */
        SAMPLER("sampler_weights", "sampler"),
        /** Weights for other programs. */
        EXTERNAL("external_weights", "external");

        final String word;
        final String type;

        Kind(String word, String type) {
            this.word = word;
            this.type = type;
        }

        /** Returns the kind of a path's middle. */
        static Optional<Kind> of(String word) {
            return List.of(values()).stream()
                    .filter(kind -> kind.word.equals(word))
                    .findFirst();
        }
    }

    /**
     * Saved weights.
     *
     * @param naming what a checkpoint is called, and by which call it was saved
     * @param expires when they go; null for never
     */
    record Checkpoint(
            String model,
            String project,
            Naming naming,
            Instant created,
            @Nullable Instant expires,
            long bytes,
            JsonNode metadata) {
        /**
         * What a checkpoint is called, and by which call it was saved.
         *
         * @param call number of the call that saved them
         */
        record Naming(Kind kind, String name, long call) {}

        /** Returns the name that clients load it by. */
        String path() {
            return "tinker://" + model + "/" + naming.kind().word + "/" + naming.name();
        }
    }

    /**
     * Something that answers by fixed weights.
     *
     * @param path of the weights; null for the base
     */
    record Sampler(
            String id,
            String session,
            String project,
            String base,
            @Nullable String path) {}

    /** Adds a session. */
    void add(Session session) {
        store.change(connection -> new Sql(connection)
                .update(
                        "INSERT INTO tinker_sessions (id, project, created, metadata, name) VALUES (?, ?, ?, ?, ?)",
                        session.id,
                        session.project,
                        session.created,
                        session.metadata.toString(),
                        session.name));
    }

    /** Finds a session of a project. */
    Optional<Session> session(String project, String id) {
        return read(
                        TinkerTable::session,
                        "SELECT id, project, created, metadata, name, finished FROM tinker_sessions WHERE project = ? AND id = ?",
                        project,
                        id)
                .stream()
                .findFirst();
    }

    /** Ends a session; one that ended before stays as it is. */
    void finish(String id, String reason) {
        store.change(connection -> new Sql(connection)
                .update("UPDATE tinker_sessions SET finished = ? WHERE id = ? AND finished IS NULL", reason, id));
    }

    /** Finds ids of a project's sessions, the newest first. */
    List<String> sessions(String project, long limit, long offset) {
        return store.read(connection -> new Sql(connection)
                .texts(
                        "SELECT id FROM tinker_sessions WHERE project = ? ORDER BY number DESC LIMIT ? OFFSET ?",
                        project,
                        limit,
                        offset));
    }

    /** Adds a model where none has its id; the one that has it afterwards. */
    Model add(Model model) {
        store.change(connection -> new Sql(connection)
                .update(
                        "INSERT INTO tinker_models (id, session, project, created, asked, base, lora, metadata, trains)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                        model.id,
                        model.session,
                        model.project,
                        model.created.toEpochMilli(),
                        model.making().asked,
                        model.making().base,
                        Json.text(model.making().lora),
                        model.making().metadata.toString(),
                        model.making().trains ? 1 : 0));
        return model(model.project, model.id).orElseThrow();
    }

    /** Finds a model of a project. */
    Optional<Model> model(String project, String id) {
        return read(TinkerTable::model, MODEL + " WHERE project = ? AND id = ?", project, id).stream()
                .findFirst();
    }

    /** Finds all models, of all projects, that were not copied. */
    List<Model> models() {
        return read(TinkerTable::model, MODEL + " WHERE trains = 1");
    }

    /** Finds models, of all projects, that were made before a time. */
    List<Model> models(Instant before) {
        return read(TinkerTable::model, MODEL + " WHERE created < ?", before.toEpochMilli());
    }

    /** Removes a model that has no weights. */
    void deleteModel(String id) {
        store.change(connection -> new Sql(connection).update("DELETE FROM tinker_models WHERE id = ?", id));
    }

    /** Finds sessions that were begun before a time and have no model. */
    List<String> emptySessions(Instant before) {
        return store.read(connection -> new Sql(connection)
                .texts(
                        "SELECT id FROM tinker_sessions WHERE created < ? AND id NOT IN (SELECT session FROM tinker_models)",
                        before.toEpochMilli()));
    }

    /** Removes a session without models, and its samplers. */
    void deleteSession(String id) {
        store.change(connection -> {
            Sql sql = new Sql(connection);
            sql.update("DELETE FROM tinker_samplers WHERE session = ?", id);
            sql.update("DELETE FROM tinker_sessions WHERE id = ?", id);
        });
    }

    /** Finds models of a project, the newest first. */
    List<Model> models(String project, long limit, long offset) {
        return read(
                TinkerTable::model,
                MODEL + " WHERE project = ? ORDER BY number DESC LIMIT ? OFFSET ?",
                project,
                limit,
                offset);
    }

    /** Finds ids of a session's models, or of its samplers. */
    List<String> ofSession(String table, String session) {
        return store.read(connection -> new Sql(connection)
                .texts("SELECT id FROM tinker_" + table + " WHERE session = ? ORDER BY number", session));
    }

    /** Counts a project's models. */
    long count(String project) {
        return store.read(connection ->
                new Sql(connection).number("SELECT COUNT(*) FROM tinker_models WHERE project = ?", project));
    }

    /** Counts a project's checkpoints with a name. */
    long countNamed(String project) {
        return store.read(connection -> new Sql(connection)
                .number("SELECT COUNT(*) FROM tinker_checkpoints WHERE project = ? AND name NOT LIKE '.%'", project));
    }

    /** Adds a checkpoint, in place of one with its name. */
    void put(Checkpoint checkpoint) {
        store.change(connection -> {
            Sql sql = new Sql(connection);
            sql.update(
                    "DELETE FROM tinker_checkpoints WHERE model = ? AND kind = ? AND name = ?",
                    checkpoint.model,
                    checkpoint.naming().kind.word,
                    checkpoint.naming().name);
            Instant expires = checkpoint.expires;
            sql.update(
                    "INSERT INTO tinker_checkpoints (model, project, kind, name, call, created, expires, bytes, metadata)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    checkpoint.model,
                    checkpoint.project,
                    checkpoint.naming().kind.word,
                    checkpoint.naming().name,
                    checkpoint.naming().call,
                    checkpoint.created.toEpochMilli(),
                    expires == null ? null : Long.valueOf(expires.toEpochMilli()),
                    checkpoint.bytes,
                    checkpoint.metadata.toString());
        });
    }

    /** Finds a checkpoint of a project. */
    Optional<Checkpoint> checkpoint(String project, String model, Kind kind, String name) {
        return read(
                        TinkerTable::checkpoint,
                        CHECKPOINT + " WHERE project = ? AND model = ? AND kind = ? AND name = ?",
                        project,
                        model,
                        kind.word,
                        name)
                .stream()
                .findFirst();
    }

    /** Finds checkpoints of a model, the newest first; unnamed ones of samplers aren't among them. */
    List<Checkpoint> checkpoints(String model) {
        return read(
                TinkerTable::checkpoint,
                CHECKPOINT + " WHERE model = ? AND name NOT LIKE '.%' ORDER BY number DESC",
                model);
    }

    /** Finds checkpoints of a project, the newest first. */
    List<Checkpoint> checkpoints(String project, long limit, long offset) {
        return read(
                TinkerTable::checkpoint,
                CHECKPOINT + " WHERE project = ? AND name NOT LIKE '.%' ORDER BY number DESC LIMIT ? OFFSET ?",
                project,
                limit,
                offset);
    }

    /** Finds the unnamed weights of a model's samplers, the newest first. */
    List<Checkpoint> unnamed(String model) {
        return read(
                TinkerTable::checkpoint,
                CHECKPOINT + " WHERE model = ? AND name LIKE '.%' ORDER BY number DESC",
                model);
    }

    /** Finds checkpoints whose time is over. */
    List<Checkpoint> expired(Instant now) {
        return read(
                TinkerTable::checkpoint,
                CHECKPOINT + " WHERE expires IS NOT NULL AND expires <= ?",
                now.toEpochMilli());
    }

    /** Says when a checkpoint goes; null for never. */
    void expire(Checkpoint checkpoint, @Nullable Instant when) {
        store.change(connection -> new Sql(connection)
                .update(
                        "UPDATE tinker_checkpoints SET expires = ? WHERE model = ? AND kind = ? AND name = ?",
                        when == null ? null : Long.valueOf(when.toEpochMilli()),
                        checkpoint.model,
                        checkpoint.naming().kind.word,
                        checkpoint.naming().name));
    }

    /** Removes a checkpoint, and a sampler that it was saved for without a name. */
    void delete(Checkpoint checkpoint) {
        store.change(connection -> {
            Sql sql = new Sql(connection);
            sql.update(
                    "DELETE FROM tinker_checkpoints WHERE model = ? AND kind = ? AND name = ?",
                    checkpoint.model,
                    checkpoint.naming().kind.word,
                    checkpoint.naming().name);
            if (checkpoint.naming().name.startsWith(SavedWeights.UNNAMED)) {
                sql.update("DELETE FROM tinker_samplers WHERE path = ?", checkpoint.path());
            }
        });
    }

    /** Adds a sampler where none has its id; the one that has it afterwards. */
    Sampler add(Sampler sampler) {
        store.change(connection -> new Sql(connection)
                .update(
                        "INSERT INTO tinker_samplers (id, session, project, created, base, path) VALUES (?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (id) DO NOTHING",
                        sampler.id,
                        sampler.session,
                        sampler.project,
                        System.currentTimeMillis(),
                        sampler.base,
                        sampler.path));
        return sampler(sampler.project, sampler.id).orElseThrow();
    }

    /** Finds a sampler of a project. */
    Optional<Sampler> sampler(String project, String id) {
        return read(
                        found -> new Sampler(
                                found.getString(1),
                                found.getString(2),
                                found.getString(3),
                                found.getString(4),
                                found.getString(5)),
                        "SELECT id, session, project, base, path FROM tinker_samplers WHERE project = ? AND id = ?",
                        project,
                        id)
                .stream()
                .findFirst();
    }

    /** Counts another client of a sampler, and returns its number. */
    long join(String sampler) {
        return store.write(connection -> {
            Sql sql = new Sql(connection);
            sql.update("UPDATE tinker_samplers SET clones = clones + 1 WHERE id = ?", sampler);
            return sql.number("SELECT clones FROM tinker_samplers WHERE id = ?", sampler);
        });
    }

    private <T> List<T> read(Sql.Reading<T> reading, String sql, Object... values) {
        return store.read(connection -> new Sql(connection).select(reading, sql, values));
    }

    private static Session session(ResultSet found) throws SQLException {
        return new Session(
                found.getString(1),
                found.getString(2),
                found.getLong(3),
                json(found.getString(4)),
                found.getString(5),
                found.getString(6));
    }

    private static Model model(ResultSet found) throws SQLException {
        JsonNode lora = json(found.getString(7));
        return new Model(
                found.getString(1),
                found.getString(2),
                found.getString(3),
                Instant.ofEpochMilli(found.getLong(4)),
                new Model.Making(
                        found.getString(5),
                        found.getString(6),
                        new Lora(
                                lora.path("rank").asInt(),
                                lora.path("seed").asLong(),
                                lora.path("unembed").asBoolean(),
                                lora.path("mlp").asBoolean(),
                                lora.path("attention").asBoolean()),
                        json(found.getString(8)),
                        found.getInt(9) == 1));
    }

    private static Checkpoint checkpoint(ResultSet found) throws SQLException {
        String expires = found.getString(7);
        return new Checkpoint(
                found.getString(1),
                found.getString(2),
                new Checkpoint.Naming(Kind.of(found.getString(3)).orElseThrow(), found.getString(4), found.getLong(5)),
                Instant.ofEpochMilli(found.getLong(6)),
                expires == null ? null : Instant.ofEpochMilli(Long.parseLong(expires)),
                found.getLong(8),
                json(found.getString(9)));
    }

    private static JsonNode json(String text) {
        try {
            return Json.read(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database holds what isn't JSON", e);
        }
    }
}
