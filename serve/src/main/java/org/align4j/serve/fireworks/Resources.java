package org.align4j.serve.fireworks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** What Fireworks' clients named themselves: datasets, jobs and models, with what the server calls them. */
public final class Resources {
    private static final String COLUMNS = "SELECT name, ours, document, created FROM resources ";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final Store store;

    /** Keeps names in a server's database. */
    public Resources(Store store) {
        this.store = store;
    }

    /** What can have a name, as its path says it. */
    enum Kind {
        /** A dataset stands for a file. */
        DATASETS,
        /** A job of either sort. */
        JOBS,
        /** A tuned model. */
        MODELS;

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Something that has a name.
     *
     * @param name as its client chose it
     * @param ours the server's id or name; null for a dataset without rows
     * @param document what the client said of it
     * @param created in seconds
     */
    record Resource(String name, @Nullable String ours, JsonNode document, long created) {}

    /** Returns the last part of a name such as {@code accounts/A/datasets/NAME}. */
    static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /**
     * Refuses what is no name that a client may choose.
     *
     * @param field of the request that has the name
     */
    static String required(String name, String field) {
        if (!NAME.matcher(name).matches()) {
            throw Asked.refusal(
                    field + " is '" + Shortened.of(name)
                            + "' but must begin with a letter or digit and have up to 63 letters, digits, dots, dashes and"
                            + " underscores.",
                    field,
                    "invalid_value");
        }
        return name;
    }

    /**
     * Keeps a new name.
     *
     * @throws Refusal 409 where the project has it already
     */
    void add(String project, Kind kind, String name, @Nullable String ours, JsonNode document) {
        store.change(connection -> {
            Sql sql = new Sql(connection);
            String found = "WHERE project = ? AND kind = ? AND name = ?";
            if (!sql.select(Resources::read, COLUMNS + found, project, kind.word(), name)
                    .isEmpty()) {
                throw taken(kind.word() + "/" + name, kind.word());
            }
            int unused = sql.update(
                    "INSERT INTO resources (project, kind, name, ours, document, created) VALUES (?, ?, ?, ?, ?, ?)",
                    project,
                    kind.word(),
                    name,
                    ours,
                    Json.text(document),
                    Instant.now().getEpochSecond());
        });
    }

    /** Refuses a name that is another's; clients don't try again by themselves. */
    static Refusal taken(String what, String field) {
        return new Refusal(
                        CONFLICT,
                        what + " is there already; choose another name, or delete it first.",
                        Map.of("x-should-retry", "false"))
                .about(field, "ALREADY_EXISTS");
    }

    /** Keeps what became of a name. */
    void keep(String project, Kind kind, Resource resource) {
        store.change(connection -> {
            int unused = new Sql(connection)
                    .update(
                            "UPDATE resources SET ours = ?, document = ? WHERE project = ? AND kind = ? AND name = ?",
                            resource.ours(),
                            Json.text(resource.document()),
                            project,
                            kind.word(),
                            resource.name());
        });
    }

    /** Forgets a name. */
    void forget(String project, Kind kind, String name) {
        store.change(connection -> {
            int unused = new Sql(connection)
                    .update(
                            "DELETE FROM resources WHERE project = ? AND kind = ? AND name = ?",
                            project,
                            kind.word(),
                            name);
        });
    }

    /** Finds what a client named so. */
    Optional<Resource> find(String project, Kind kind, String name) {
        return select("WHERE project = ? AND kind = ? AND name = ?", project, kind.word(), name).stream()
                .findFirst();
    }

    /** Returns a client's name of something of the server's; the server's own where nobody named it. */
    String nameOf(String project, Kind kind, String ours) {
        return select("WHERE project = ? AND kind = ? AND ours = ?", project, kind.word(), ours).stream()
                .findFirst()
                .map(Resource::name)
                .orElse(ours);
    }

    /** Lists what a project's clients named, by name. */
    List<Resource> list(String project, Kind kind) {
        return select("WHERE project = ? AND kind = ? ORDER BY name", project, kind.word());
    }

    /** Refuses what isn't there. */
    static Refusal none(String what) {
        return new Refusal(NOT_FOUND, Shortened.of(what) + " is not there, or belongs to another project.")
                .about("name", "NOT_FOUND");
    }

    private List<Resource> select(String where, String... values) {
        return store.read(
                connection -> new Sql(connection).select(Resources::read, COLUMNS + where, (Object[]) values));
    }

    private static Resource read(ResultSet found) throws SQLException {
        try {
            return new Resource(
                    found.getString(1), found.getString(2), Json.read(found.getString(3)), found.getLong(4));
        } catch (JsonProcessingException damaged) {
            throw new SQLException(damaged);
        }
    }
}
