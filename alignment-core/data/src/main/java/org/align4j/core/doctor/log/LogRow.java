package org.align4j.core.doctor.log;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.Transcript;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * A row as the checks see it.
 *
 * @param number its number over all rows of all files, from 0; {@link LogPlaces} knows its file and line
 * @param form what a row holds, and how it is written
 * @param texts as they were written
 * @param normal the same texts as {@link NormalText} has them
 * @param keys hashes of the normal texts
 * @param verdict what a row says of its answers
 * @param facts what comes with the texts
 */
public record LogRow(int number, Form form, Texts texts, Texts normal, Keys keys, Verdict verdict, Facts facts)
        implements Serializable {
    /**
     * Holds of which kind a row of the doctor's log is, and how it is written.
     *
     * @param kind what it holds
     * @param written whether its texts are words; else they are token ids, which say nothing of language or form
     * @param plain whether its prompt is a plain string, no message and no transcript
     */
    public record Form(Kind kind, boolean written, boolean plain) implements Serializable {}

    /**
     * Holds what a row of the doctor's log says of its answers.
     *
     * @param label whether a lone answer is desirable, where the row says so
     * @param margin by how much the chosen answer of a pair is better, where the row says so
     */
    public record Verdict(@Nullable Boolean label, @Nullable Double margin) implements Serializable {}

    /** The kinds of rows by what they hold. */
    public enum Kind {
        /** A prompt and two answers of which one is better. */
        PAIR,
        /** A prompt and two answers of which neither is better. */
        TIE,
        /** A prompt and an answer. */
        ANSWER,
        /** A text alone. */
        TEXT,
        /** A prompt alone. */
        PROMPT
    }

    /**
     * Hashes of the normal texts.
     *
     * @param prompt of the prompt
     * @param chosen of the chosen answer
     * @param rejected of the rejected answer
     */
    public record Keys(long prompt, long chosen, long rejected) implements Serializable {}

    static LogRow of(int number, Row row, Facts facts) {
        Content content = Content.of(row);
        Double margin = row.isPair() ? row.grades().margin() : null;
        Texts normal = content.texts().normal();
        Keys keys = new Keys(
                NormalText.hash(normal.prompt()), NormalText.hash(normal.chosen()), NormalText.hash(normal.rejected()));
        return new LogRow(
                number,
                new Form(content.kind(), content.written(), row.prompt() instanceof Row.Text),
                content.texts(),
                normal,
                keys,
                new Verdict(content.label(), margin),
                facts);
    }

    /** Returns this row with empty texts; its hashes are those that it had. */
    public LogRow withoutTexts() {
        Texts none = new Texts("", "", "");
        return new LogRow(number, form, none, none, keys, verdict, facts);
    }

    /** Whether the row says which of two answers is better. */
    public boolean isPair() {
        return form.kind() == Kind.PAIR;
    }

    /**
     * Holds the prompt and the answers of a log's row in one form for all layouts: a prompt of one user turn is its text; other prompts have each turn after the name
     * of its role.
     */
    private record Content(
            LogRow.Kind kind,
            boolean written,
            Texts texts,
            @Nullable Boolean label) {
        static Content of(Row row) {
            boolean written = !(row.prompt() instanceof Row.Tokens);
            LogRow.Kind kind = switch (row.kind()) {
                case PAIR, APART -> LogRow.Kind.PAIR;
                case TIE -> LogRow.Kind.TIE;
                case ANSWER, STEPS -> LogRow.Kind.ANSWER;
                case PROMPT -> LogRow.Kind.PROMPT;
                case TEXT -> LogRow.Kind.TEXT;
            };
            List<String> answers = row.answers().stream()
                    .map(answer -> row.kind() == Row.Kind.TEXT ? text(answer) : answer(answer))
                    .map(answer -> row.prompt() instanceof Transcript ? answer.strip() : answer)
                    .toList();
            boolean two = row.isPair() || kind == LogRow.Kind.TIE;
            String chosen = two ? answers.get(0) : String.join(written ? "\n" : " ", answers);
            return new Content(
                    kind, written, new Texts(text(row.prompt()), chosen, two ? answers.get(1) : ""), row.label());
        }

        private static String text(Row.Content content) {
            if (content instanceof Row.Text text) {
                return text.text();
            }
            return content instanceof Row.Tokens tokens ? ids(tokens.ids()) : turns(content.spokenBy("user"));
        }

        /** An answer of one message is its text; of several, each follows its role. */
        private static String answer(Row.Content content) {
            List<Message> messages = content.spokenBy("assistant");
            return messages.size() == 1 ? text(messages.get(0)) : text(content);
        }

        private static String ids(int[] ids) {
            return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
        }

        private static String turns(List<Message> messages) {
            if (messages.size() == 1 && messages.get(0).role().equals("user")) {
                return text(messages.get(0));
            }
            return messages.stream()
                    .map(message -> message.role() + ": " + text(message))
                    .collect(Collectors.joining("\n\n"));
        }

        private static String text(Message message) {
            String content = message.content();
            if (content != null) {
                return content;
            }
            StringBuilder out = new StringBuilder();
            message.fields().forEach((name, value) -> {
                if (!name.equals("role") && value != null) {
                    append(value, out);
                }
            });
            return out.toString().strip();
        }

        private static void append(@Nullable Object value, StringBuilder out) {
            if (value instanceof List<?> list) {
                list.forEach(item -> append(item, out));
            } else if (value instanceof Map<?, ?> map) {
                map.forEach((key, item) -> {
                    if (!"type".equals(key)) {
                        append(item, out);
                    }
                });
            } else if (value != null) {
                out.append(value).append('\n');
            }
        }
    }

    /**
     * Holds a log row's annotator, position, source and other facts beside its texts; each is null where the row lacks it.
     *
     * @param annotator who judged
     * @param position in which slot the chosen answer was shown, as the row spells it
     * @param source where the row comes from
     * @param chosenModel who wrote the chosen answer
     * @param rejectedModel who wrote the rejected one
     * @param ballot of a person's vote on two answers
     */
    public record Facts(
            @Nullable String annotator,
            @Nullable String position,
            @Nullable String source,
            @Nullable String chosenModel,
            @Nullable String rejectedModel,
            @Nullable Ballot ballot)
            implements Serializable {
        /** Nothing is known. */
        public static final Facts NONE = new Facts(null, null, null, null, null, null);

        /**
         * Holds what a vote says of the person who gave it.
         *
         * @param id the pair's
         * @param winner what the person found
         * @param gold what is known to be right; null where nothing is
         * @param repeatOf the id of the person's earlier vote on the pair; null where there is none
         */
        public record Ballot(
                String id,
                String winner,
                @Nullable String gold,
                @Nullable String repeatOf) implements Serializable {
            private static final List<String> KEYS = List.of("id", "winner", "gold", "repeat_of");

            static @Nullable Ballot of(Map<String, ? extends @Nullable Object> fields) {
                String id = first(fields, List.of("id"));
                String winner = first(fields, List.of("winner"));
                return id == null || winner == null
                        ? null
                        : new Ballot(id, winner, first(fields, List.of("gold")), first(fields, List.of("repeat_of")));
            }
        }

        private static final List<String> ANNOTATOR = List.of(
                "annotator", "annotator_id", "rater", "rater_id", "labeler", "labeler_id", "worker", "worker_id");
        private static final List<String> POSITION = List.of("position", "chosen_position", "slot", "chosen_slot");
        private static final List<String> SOURCE = List.of("source", "dataset", "data_source", "origin");
        private static final List<String> CHOSEN_MODEL = List.of("chosen_model", "model_chosen", "chosen_source");
        private static final List<String> REJECTED_MODEL =
                List.of("rejected_model", "model_rejected", "rejected_source");

        /** Returns whether a person says again what the person said before, to be checked; the row is meant to be there twice. */
        public boolean repeats() {
            return ballot != null && ballot.repeatOf != null;
        }

        /** Returns whether a key says something of this. */
        public static boolean reads(String key) {
            return Stream.of(ANNOTATOR, POSITION, SOURCE, CHOSEN_MODEL, REJECTED_MODEL, Ballot.KEYS)
                    .anyMatch(keys -> keys.contains(key));
        }

        /** Reads the facts from an object of a file. */
        static Facts of(Map<String, ? extends @Nullable Object> fields) {
            return new Facts(
                    first(fields, ANNOTATOR),
                    first(fields, POSITION),
                    first(fields, SOURCE),
                    first(fields, CHOSEN_MODEL),
                    first(fields, REJECTED_MODEL),
                    Ballot.of(fields));
        }

        private static @Nullable String first(Map<String, ? extends @Nullable Object> fields, List<String> names) {
            for (String name : names) {
                Object value = fields.get(name);
                if (value instanceof Boolean
                        || value instanceof Number
                        || (value instanceof String text && !text.isBlank())) {
                    return String.valueOf(value).strip();
                }
            }
            return null;
        }
    }
}
