package org.align4j.serve.mistral;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.serve.store.Sql;
import org.align4j.serve.store.Store;
import org.jspecify.annotations.Nullable;

/** What Mistral's clients say of tuned models: a name and a description for people, and whether a model is archived. */
public final class ModelNotes {
    private final Store store;

    /** Keeps the notes in a server's database. */
    public ModelNotes(Store store) {
        this.store = store;
    }

    /**
     * What is said of a model.
     *
     * @param name for people; null where none was given
     * @param description for people; null where none was given
     * @param archived whether it is put away: it isn't chatted with by this door until it is brought back
     */
    record Note(@Nullable String name, @Nullable String description, boolean archived) {
        /** What is said of a model of which nobody said anything. */
        static final Note NONE = new Note(null, null, false);
    }

    /** Returns what is said of a project's models, by their names. */
    Map<String, Note> of(String project) {
        return store.read(connection -> {
            Map<String, Note> notes = new LinkedHashMap<>();
            new Sql(connection)
                    .select(
                            found -> notes.put(
                                    found.getString(1),
                                    new Note(found.getString(2), found.getString(3), found.getBoolean(4))),
                            "SELECT model, name, description, archived FROM model_notes WHERE project = ?",
                            project);
            return notes;
        });
    }

    /** Returns what is said of a model. */
    Note of(String project, String model) {
        return of(project).getOrDefault(model, Note.NONE);
    }

    /** Deletes what is said of a model that is gone. */
    public void forget(String project, String model) {
        store.change(connection ->
                new Sql(connection).update("DELETE FROM model_notes WHERE project = ? AND model = ?", project, model));
    }

    /** Keeps what is said of a model. */
    void keep(String project, String model, Note note) {
        store.change(connection -> {
            int unused = new Sql(connection)
                    .update(
                            "INSERT OR REPLACE INTO model_notes (project, model, name, description, archived)"
                                    + " VALUES (?, ?, ?, ?, ?)",
                            project,
                            model,
                            note.name(),
                            note.description(),
                            note.archived());
        });
    }
}
