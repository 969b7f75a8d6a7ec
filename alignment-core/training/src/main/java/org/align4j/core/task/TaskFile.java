package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.data.DetectedLanguage;
import org.align4j.core.data.LanguageGuess;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.MessageTexts;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.SearchAllowance;
import org.align4j.core.task.ifeval.AskedInstructions;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Holds a task as its file describes it.
 *
 * @param name the file's name without its endings
 * @param file where it stands
 * @param kind what it asks
 * @param rows its items in order; empty for perplexity, whose text is read in windows
 */
public record TaskFile(String name, Path file, TaskKind kind, List<TaskRow> rows) {
    private static final Pattern ENDINGS =
            Pattern.compile("\\.(jsonl|json|ndjson|txt|parquet|csv|tsv)(\\.gz|\\.zst)?$", Pattern.CASE_INSENSITIVE);

    /** Copies the rows. */
    public TaskFile {
        rows = List.copyOf(rows);
    }

    /**
     * Reads a task.
     *
     * @throws InputException where the file can't be read, or a row is not of the kind that the first row has
     */
    public static TaskFile read(Path file) {
        String name = ENDINGS.matcher(String.valueOf(file.getFileName())).replaceFirst("");
        if (DataFiles.kind(file).equals("txt")) {
            return new TaskFile(name, file, TaskKind.PERPLEXITY, List.of());
        }
        TaskReader reader = new TaskReader(file);
        return new TaskFile(name, file, reader.kind(), reader.rows());
    }

    /** Returns this task with its first items alone. */
    public TaskFile first(int items) {
        return items >= rows.size() ? this : new TaskFile(name, file, kind, rows.subList(0, items));
    }

    /**
     * Refuses a task of another kind.
     *
     * @param option what names the task
     */
    public void require(TaskKind required, String option) {
        if (kind != required) {
            throw new InputException(format(
                    "%s is %s, a task of the kind %s, but must be of the kind %s.",
                    option, file, kind.text(), required.text()));
        }
    }

    /** Reads the items of a task; a row that is not of the first row's kind is an error with file and line. */
    private static final class TaskReader implements ObjectFile.Receiver {
        private static final LanguageGuess GUESS = new DetectedLanguage();

        private final Path file;
        private final SearchAllowance searches;
        private final List<TaskRow> rows = new ArrayList<>();
        private @Nullable TaskKind kind;

        TaskReader(Path file) {
            this.file = file;
            this.searches = new SearchAllowance(file.toString());
            ObjectFile.of(file).read(this);
        }

        TaskKind kind() {
            if (kind == null) {
                throw new InputException(file + " holds no row; a task has " + TaskKind.layouts() + ".");
            }
            return kind;
        }

        List<TaskRow> rows() {
            return rows;
        }

        @Override
        public void object(int line, Map<String, @Nullable Object> written) {
            Map<String, @Nullable Object> fields = MessageTexts.read(written);
            Place place = new Place(file + ":" + line, fields);
            TaskKind known = kind;
            if (known == null) {
                known = TaskKind.of(fields)
                        .orElseThrow(() -> new InputException(format(
                                "%s: the row has the fields %s, but a task's row has %s.",
                                place.name, String.join(", ", fields.keySet()), TaskKind.layouts())));
                kind = known;
            }
            if (known != TaskKind.PERPLEXITY) {
                rows.add(row(known, place));
            }
        }

        @Override
        public void broken(int line, InputException error) {
            throw error;
        }

        private TaskRow row(TaskKind known, Place place) {
            return switch (known) {
                case MULTIPLE_CHOICE -> choice(place);
                case EXACT_ANSWER ->
                    new TaskRow.Answer(
                            rows.size(),
                            place.name,
                            place.prompt(),
                            place.fields.get("prompt") instanceof String,
                            place.text("answer"));
                case IFEVAL -> instructions(place);
                case PERPLEXITY -> throw new IllegalStateException("text is read in windows");
            };
        }

        private TaskRow choice(Place place) {
            List<String> choices = new ArrayList<>();
            for (Object choice : place.list("choices")) {
                if (!(choice instanceof String text) || text.isEmpty()) {
                    throw place.error("choices", "must be a list of texts, none of them empty.");
                }
                choices.add(text);
            }
            if (choices.size() < 2) {
                throw place.error("choices", format("has %d entries but must have at least two.", choices.size()));
            }
            if (!(place.fields.get("gold") instanceof Integer gold) || gold < 0 || gold >= choices.size()) {
                throw place.error(
                        "gold",
                        format(
                                "is %s but must be the number of the right choice, 0 to %d.",
                                place.fields.get("gold"), choices.size() - 1));
            }
            return new TaskRow.Choice(rows.size(), place.name, place.text("query"), choices, gold);
        }

        private TaskRow instructions(Place place) {
            List<String> names = new ArrayList<>();
            for (Object name : place.list("instruction_id_list")) {
                if (!(name instanceof String text)) {
                    throw place.error("instruction_id_list", "must be a list of names.");
                }
                names.add(text);
            }
            List<Map<String, @Nullable Object>> arguments = new ArrayList<>();
            for (Object argument : place.list("kwargs")) {
                arguments.add(place.object("kwargs", argument));
            }
            String key = place.fields.get("key") == null
                    ? String.valueOf(rows.size())
                    : String.valueOf(place.fields.get("key"));
            return new TaskRow.Instructions(
                    rows.size(),
                    place.name,
                    key,
                    place.text("prompt"),
                    AskedInstructions.of(place.name, names, arguments, GUESS, searches));
        }

        /**
         * Holds a row of a task file with its place.
         *
         * @param name file and line
         */
        private record Place(String name, Map<String, @Nullable Object> fields) {
            InputException error(String field, String what) {
                return new InputException(format("%s: \"%s\" %s", name, field, what));
            }

            String text(String field) {
                if (!(fields.get(field) instanceof String text)) {
                    throw error(field, "is missing or no text; the first row of this task has one.");
                }
                return text;
            }

            List<?> list(String field) {
                if (!(fields.get(field) instanceof List<?> list)) {
                    throw error(field, "is missing or no list; the first row of this task has one.");
                }
                return list;
            }

            Map<String, @Nullable Object> object(String field, @Nullable Object value) {
                Map<String, @Nullable Object> named = new LinkedHashMap<>();
                if (value instanceof Map<?, ?> map) {
                    map.forEach((key, entry) -> named.put(String.valueOf(key), entry));
                } else if (value != null) {
                    throw error(field, "must be a list of objects.");
                }
                return named;
            }

            List<Message> prompt() {
                if (fields.get("prompt") instanceof String text) {
                    return List.of(Message.of("user", text));
                }
                List<Message> messages = new ArrayList<>();
                for (Object item : list("prompt")) {
                    Map<String, @Nullable Object> message = object("prompt", item);
                    if (!(message.get("role") instanceof String role)
                            || !(message.get("content") instanceof String content)) {
                        throw error("prompt", "must be text, or messages with a role and a text as content.");
                    }
                    messages.add(Message.of(role, content));
                }
                if (messages.isEmpty()) {
                    throw error("prompt", "is an empty list but must hold a message.");
                }
                return messages;
            }
        }
    }
}
