package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.JobRequest.Method;
import org.jspecify.annotations.Nullable;

/**
 * Examines the rows of an uploaded file as the hosted service did, before the toolkit reads them: one JSON object per line, in the shape of the job's
 * method. What is wrong is said in the service's words, by which clients tell faults apart.
 *
 * @param id of the file
 * @param method of the job
 * @param training whether the rows are trained on, not evaluated on
 * @param rules of the service that the job was asked in the words of
 */
public record UploadedRows(String id, Method method, boolean training, Rules rules) {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
    private static final Set<String> OF_CHATS = Set.of("messages", "tools", "parallel_tool_calls", "functions");
    private static final Set<String> OF_PAIRS = Set.of("input", "preferred_output", "non_preferred_output");
    private static final Set<String> OF_MESSAGES =
            Set.of("role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "weight");

    /**
     * What services take otherwise than others.
     *
     * @param least examples that a training file must have
     * @param texts whether a supervised row may be a text and nothing else
     */
    public record Rules(int least, boolean texts) {
        /** Returns the rules of the door that a job came in by. */
        public static Rules of(JobRequest.Origin origin) {
            return switch (origin.door()) {
                case "together" -> new Rules(1, true);
                case "fireworks" -> new Rules(3, false);
                default -> new Rules(10, false);
            };
        }
    }

    /** What is wrong with a row. */
    private static final class Wrong extends Exception {
        private static final long serialVersionUID = 1;

        private final String code;

        private Wrong(String code, String message) {
            super(message);
            this.code = code;
        }
    }

    /** Finds the first fault of a file; null where it has none. */
    public @Nullable Fault fault(Path file) throws IOException {
        int examples = 0;
        int line = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                line++;
                if (!text.isBlank()) {
                    examples++;
                    require(text, examples, line);
                }
            }
        } catch (Wrong wrong) {
            return fault(wrong);
        }
        if (training && examples < rules.least()) {
            return new Fault(
                    "invalid_n_examples",
                    format(
                            "Training file has %d example(s), but must have at least %d examples",
                            examples, rules.least()),
                    "training_file");
        }
        return examples == 0
                ? new Fault("invalid_validation_file", "Validation file has 0 example(s)", "validation_file")
                : null;
    }

    private Fault fault(Wrong wrong) {
        String kind = training ? "training" : "validation";
        boolean format = wrong.code.equals("invalid_file_format");
        String message = String.valueOf(wrong.getMessage());
        if (!wrong.code.isEmpty()) {
            message = (format
                            ? "The job failed due to a file format error in the " + kind + " file. "
                            : "The job failed due to an invalid " + kind + " file. ")
                    + "Invalid file format. " + message;
        }
        String code = training && format ? wrong.code : "invalid_" + kind + "_file";
        return new Fault(code, message, kind + "_file");
    }

    private void require(String text, int example, int line) throws Wrong {
        JsonNode row;
        try {
            row = Json.read(text);
        } catch (JsonProcessingException broken) {
            int column = broken.getLocation() == null ? 0 : broken.getLocation().getColumnNr();
            throw new Wrong(
                    "invalid_file_format",
                    format(
                            "Example %d cannot be parsed. Error: line contains invalid json: %s: line 1 column %d (char %d) (line %d)",
                            example, said(broken), column, Math.max(0, column - 1), line));
        }
        if (!row.isObject()) {
            throw new Wrong("invalid_file_format", format("Example %d is not a dictionary (line %d)", example, line));
        }
        if (method == Method.DPO) {
            requirePair(row, example);
        } else if (method == Method.REINFORCEMENT) {
            requirePrompt(row, example);
        } else {
            requireChat(row, example);
        }
    }

    /** What a parser says of broken JSON, without the text itself, which may be anybody's. */
    private static String said(JsonProcessingException broken) {
        String said = String.valueOf(broken.getOriginalMessage());
        return said.startsWith("Unexpected end-of-input") ? "Unexpected end of line" : "Unexpected character or token";
    }

    private void requirePair(JsonNode row, int example) throws Wrong {
        if (row.has("messages") && !row.has("input")) {
            throw otherMethod("fine-tune-chat", "supervised");
        }
        for (String key : List.of("input", "preferred_output", "non_preferred_output")) {
            if (!row.has(key)) {
                throw new Wrong("invalid_training_file", format("Example %d is missing key '%s'.", example, key));
            }
        }
        requireKnown(row, OF_PAIRS, example);
        if (!row.path("input").has("messages")) {
            throw new Wrong(
                    "invalid_training_file", format("Example %d is missing key 'messages' in 'input'.", example));
        }
        requireKnown(row.path("input"), OF_CHATS, example);
        requireMessages(row.path("input").path("messages"), "messages", example);
        for (String side : List.of("preferred_output", "non_preferred_output")) {
            JsonNode answers = row.path(side);
            requireMessages(answers, side, example);
            for (JsonNode answer : answers) {
                String role = answer.path("role").asText();
                if (!role.equals("assistant") && !role.equals("tool")) {
                    throw new Wrong(
                            "invalid_training_file",
                            format(
                                    "Example %d, '%s' must hold messages of the assistant, not of role '%s'",
                                    example, side, role));
                }
            }
        }
    }

    /** A row of reinforcement has messages that ask for an answer; its other fields are the grader's. */
    private static void requirePrompt(JsonNode row, int example) throws Wrong {
        if (!row.has("messages")) {
            throw new Wrong("invalid_training_file", format("Example %d is missing key 'messages'", example));
        }
        JsonNode messages = row.path("messages");
        requireMessages(messages, "messages", example);
        String last = messages.get(messages.size() - 1).path("role").asText();
        if (last.equals("assistant")) {
            throw new Wrong(
                    "invalid_training_file",
                    format(
                            "Example %d ends with a message of the assistant, but the model must answer: the last message must be of the role 'user'",
                            example));
        }
    }

    private void requireChat(JsonNode row, int example) throws Wrong {
        if (row.has("preferred_output") || row.has("non_preferred_output")) {
            throw otherMethod("fine-tune-preference", "dpo");
        }
        boolean instruction = row.has("prompt") && row.has("completion");
        if (instruction || (rules.texts() && row.path("text").isTextual())) {
            return;
        }
        if (!row.has("messages")) {
            throw new Wrong(
                    "invalid_training_file",
                    row.has("prompt") || row.has("completion") || row.isEmpty()
                            ? "Unexpected file format, expected either prompt/completion pairs or chat messages."
                            : format("Example %d is missing key 'messages'", example));
        }
        requireKnown(row, OF_CHATS, example);
        requireMessages(row.path("messages"), "messages", example);
        boolean answered = false;
        for (JsonNode message : row.path("messages")) {
            answered |= message.path("role").asText().equals("assistant");
        }
        if (!answered) {
            throw new Wrong(
                    "invalid_training_file", format("Example %d must contain at least one assistant message", example));
        }
    }

    private Wrong otherMethod(String form, String right) {
        return new Wrong(
                "",
                format(
                        "Input file %s is in the %s format, but the specified fine-tuning job is not using '%s' as the training method (provided method=%s).",
                        id, form, right, method == Method.DPO ? "dpo" : "supervised"));
    }

    private static void requireKnown(JsonNode row, Set<String> known, int example) throws Wrong {
        for (Iterator<String> keys = row.fieldNames(); keys.hasNext(); ) {
            String key = keys.next();
            if (!known.contains(key)) {
                throw new Wrong("invalid_file_format", format("Example %d contains an extra \"%s\".", example, key));
            }
        }
    }

    private static void requireMessages(JsonNode messages, String key, int example) throws Wrong {
        if (!messages.isArray() || messages.isEmpty()) {
            throw new Wrong(
                    "invalid_training_file",
                    format("Example %d, '%s' must be a list of messages that isn't empty", example, key));
        }
        for (int number = 1; number <= messages.size(); number++) {
            JsonNode message = messages.get(number - 1);
            String role = message.path("role").asText("");
            if (!message.has("role")) {
                throw new Wrong(
                        "invalid_training_file",
                        format("Example %d, message %d Discriminator 'role' is missing in value", example, number));
            }
            if (!ROLES.contains(role)) {
                throw new Wrong(
                        "invalid_training_file",
                        format("Example %d, message %d has the role '%s', which is none", example, number, role));
            }
            requireKnown(message, OF_MESSAGES, example);
            boolean calls = message.has("tool_calls") || message.has("function_call");
            if (!calls && (!message.has("content") || message.path("content").isNull())) {
                throw new Wrong(
                        "invalid_training_file",
                        format("Example %d, message %d is missing key 'content'", example, number));
            }
        }
    }
}
