package org.align4j.serve.door;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.files.Json;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The functions that a chat offers.
 *
 * @param shown as the template is given them; empty where none is offered
 * @param names of the functions
 * @param forced functions of which one must be called; empty: none must
 * @param several whether an answer may call more than one
 */
record ChatTools(List<Object> shown, List<String> names, List<String> forced, boolean several) {
    private static final int MOST = 128;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Set<String> FIELDS = Set.of("name", "description", "parameters", "strict");

    /** Reads the three fields of a chat's request. */
    static ChatTools of(JsonNode request) {
        Asked fields = Asked.request(request);
        JsonNode tools = fields.value("tools");
        JsonNode choice = fields.value("tool_choice");
        boolean several = !Boolean.FALSE.equals(fields.truth("parallel_tool_calls"));
        if (tools == null || tools.isEmpty()) {
            for (String name : List.of("tool_choice", "parallel_tool_calls")) {
                JsonNode value = fields.value(name);
                if (value != null && !value.asText().equals("none")) {
                    throw AnswerAsk.wrong(name, "'" + name + "' is only allowed when 'tools' are specified.");
                }
            }
            return new ChatTools(List.of(), List.of(), List.of(), true);
        }
        if (!tools.isArray() || tools.size() > MOST) {
            throw AnswerAsk.wrong("tools", "tools must be a list of at most " + MOST + " functions.");
        }
        List<Object> shown = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < tools.size(); i++) {
            names.add(name("tools[" + i + "]", tools.get(i)));
            shown.add(shown(tools.get(i)));
        }
        if (Set.copyOf(names).size() < names.size()) {
            throw AnswerAsk.wrong("tools", "tools hold two functions of one name; give each a name of its own.");
        }
        if (choice != null && choice.asText().equals("none")) {
            return new ChatTools(List.of(), List.of(), List.of(), several);
        }
        return new ChatTools(shown, names, forced(choice, names), several);
    }

    private static String name(String place, JsonNode tool) {
        if (!tool.path("type").asText().equals("function")
                || !tool.path("function").isObject()) {
            throw AnswerAsk.wrong(
                    place + ".type",
                    place + " is of type '" + tool.path("type").asText()
                            + "', but only tools of type 'function' are served here; leave it out.");
        }
        JsonNode function = tool.path("function");
        function.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw AnswerAsk.wrong(
                        place + ".function." + name,
                        "Unrecognized request argument supplied: " + place + ".function." + name);
            }
        });
        if (function.path("strict").asBoolean()) {
            throw AnswerAsk.wrong(
                    place + ".function.strict",
                    place + ".function.strict is true, but arguments aren't held to a schema here; leave strict out.");
        }
        String name = function.path("name").asText();
        if (!NAME.matcher(name).matches()) {
            throw AnswerAsk.wrong(
                    place + ".function.name",
                    "Invalid '" + place
                            + ".function.name': it must be 1 to 64 letters, digits, underscores or dashes.");
        }
        if (function.has("parameters") && !function.get("parameters").isObject()) {
            throw AnswerAsk.wrong(
                    place + ".function.parameters", place + ".function.parameters must be a JSON schema, an object.");
        }
        return name;
    }

    private static Object shown(JsonNode tool) {
        ObjectNode copy = tool.deepCopy();
        ((ObjectNode) copy.get("function")).remove("strict");
        try {
            return Json.read(copy.toString(), Object.class);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static List<String> forced(@Nullable JsonNode choice, List<String> names) {
        if (choice == null || choice.asText().equals("auto")) {
            return List.of();
        }
        if (choice.asText().equals("required")) {
            return names;
        }
        String name = choice.path("function").path("name").asText();
        if (!choice.path("type").asText().equals("function") || name.isEmpty()) {
            throw AnswerAsk.wrong(
                    "tool_choice",
                    "tool_choice is "
                            + (choice.isObject()
                                    ? "of type '" + choice.path("type").asText() + "'"
                                    : choice)
                            + ", but must be 'none', 'auto', 'required' or a function's name as {\"type\": \"function\","
                            + " \"function\": {\"name\": …}} here.");
        }
        if (!names.contains(name)) {
            throw new Refusal(
                            400,
                            "Tool choice '" + name + "' not found in 'tools' parameter; name one of " + names + ".")
                    .about("tool_choice", "invalid_value");
        }
        return List.of(name);
    }
}
