package org.align4j.serve.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerShape;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/** The form in which a model writes calls of functions, known by what its chat template writes for a call. */
public enum CallForm {
    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}, of Hermes and Qwen. */
    HERMES("<tool_call>", "</tool_call>", "arguments", "<tool_call>\\s*@\\s*</tool_call>"),

    /** {@code {"name": …, "parameters": {…}}} and nothing else, of Llama 3.1 and later. */
    LLAMA("", "", "parameters", "@"),

    /** {@code [TOOL_CALLS] [{"name": …, "arguments": {…}}]}, of Mistral up to version 3 of its tokens. */
    MISTRAL("[TOOL_CALLS]", "", "arguments", "\\[TOOL_CALLS\\]\\s*\\[@\\]");

    private static final String NAME = "zqxname";
    private static final String ID = "zqxcall01";

    private final String opening;
    private final String closing;
    private final String arguments;
    private final Pattern written;

    CallForm(String opening, String closing, String arguments, String written) {
        this.opening = opening;
        this.closing = closing;
        this.arguments = arguments;
        String object = "\\{\\s*\"name\":\\s*\"" + NAME + "\",\\s*\"" + arguments
                + "\":\\s*\\{\\s*\"zqxkey\":\\s*\"zqxvalue\"\\s*\\}(,\\s*\"id\":\\s*\"" + ID + "\")?\\s*\\}";
        this.written = Pattern.compile(written.replace("@", object));
    }

    /** Returns the mark before a call, or before all calls; empty where there is none. */
    String opening() {
        return opening;
    }

    /** Returns the mark behind a call; empty where there is none. */
    String closing() {
        return closing;
    }

    /**
     * Finds the form of a model's calls: its template writes a conversation with a tool, a call and a result.
     *
     * @return empty where the template knows no tools, or writes calls in a form that can't be read here
     */
    public static Optional<CallForm> of(TextEncoder encoder) {
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("role", "assistant");
        call.put("content", "");
        call.put(
                "tool_calls",
                List.of(Map.of(
                        "id",
                        ID,
                        "type",
                        "function",
                        "function",
                        ordered("name", NAME, "arguments", Map.of("zqxkey", "zqxvalue")))));
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("role", "tool");
        result.put("content", "zqxresult");
        result.put("tool_call_id", ID);
        Map<String, Object> tool = ordered(
                "type",
                "function",
                "function",
                ordered(
                        "name",
                        NAME,
                        "parameters",
                        ordered("type", "object", "properties", Map.of("zqxkey", Map.of("type", "string")))));
        try {
            String text = encoder.renderPrompt(
                    List.of(Message.of("user", "q"), Message.of(call), Message.of(result)), List.of(tool));
            for (CallForm form : List.of(HERMES, MISTRAL, LLAMA)) {
                if (form.written.matcher(text).find()) {
                    return Optional.of(form);
                }
            }
        } catch (InputException refused) {
            // The template can't write tools, calls or their results.
        }
        return Optional.empty();
    }

    private static Map<String, Object> ordered(String key, Object value, String second, Object other) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(key, value);
        map.put(second, other);
        return map;
    }

    /** Returns the shape of an answer that is one call of one of these functions. */
    public AnswerShape shape(List<String> names) {
        String before = this == HERMES ? opening + "\n" : this == MISTRAL ? opening + "[" : "";
        String behind = this == HERMES ? "}\n" + closing : this == MISTRAL ? "}]" : "}";
        return new AnswerShape(
                names.stream()
                        .map(name -> before + "{\"name\": " + Json.text(name) + ", \"" + arguments + "\": ")
                        .toList(),
                behind);
    }

    /** Makes the id of a new call: Mistral's template wants nine letters and digits. */
    String newId() {
        String random = UUID.randomUUID().toString().replace("-", "");
        return this == MISTRAL ? random.substring(0, 9) : "call_" + random.substring(0, 24);
    }

    /** Returns the id by which the template may write a call that some model made. */
    public String writtenId(String given) {
        return this != MISTRAL || given.matches("[A-Za-z0-9]{9}")
                ? given
                : Hashing.sha256()
                        .hashString(given, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, 9);
    }

    /**
     * A call of a function.
     *
     * @param arguments a JSON object as text
     */
    public record Call(String id, String name, String arguments) {}

    /** Reads one call; empty where the text is none of a function that was offered. */
    Optional<Call> call(String text, List<String> offered) {
        try {
            return call(Json.read(text), offered);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** Reads one call; empty where the value is none of a function that was offered. */
    Optional<Call> call(JsonNode value, List<String> offered) {
        JsonNode name = value.path("name");
        JsonNode given = value.has(arguments) ? value.get(arguments) : value.path("arguments");
        String text = given.isTextual() ? given.textValue() : given.isMissingNode() ? "{}" : given.toString();
        if (!value.isObject() || !name.isTextual() || !offered.contains(name.textValue()) || !isObject(text)) {
            return Optional.empty();
        }
        return Optional.of(new Call(newId(), name.textValue(), text));
    }

    private static boolean isObject(String text) {
        try {
            return Json.read(text).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
