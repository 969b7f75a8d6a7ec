package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Inputs that differ from a given one in a single value: each value of its JSON, of its lines of JSON and of its plain lines of YAML is
 * replaced by each of some others, one at a time, or taken out.
 */
final class EachValue {
    private static final List<String> OTHERS = List.of(
            "null",
            "true",
            "0",
            "-1",
            "2",
            "0.5",
            "1e300",
            "10000000000000000000",
            "\"\"",
            "\"a\"",
            "[]",
            "{}",
            "[null]",
            "[1]");

    /** Items of an array that are replaced at most: the others are like them. */
    private static final int ITEMS = 3;

    private static final Pattern YAML = Pattern.compile("([a-z][a-z0-9-]*:) .*");

    private final ObjectMapper json =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private final List<byte[]> inputs = new ArrayList<>();

    private EachValue() {}

    /** Lists them. */
    static List<byte[]> of(byte[] input) {
        EachValue changed = new EachValue();
        String text = new String(input, ISO_8859_1);
        if (!changed.document("", text, "")) {
            for (int from = 0; from < text.length(); ) {
                int end = text.indexOf('\n', from);
                end = end < 0 ? text.length() : end;
                changed.line(text.substring(0, from), text.substring(from, end), text.substring(end));
                from = end + 1;
            }
        }
        return changed.inputs;
    }

    private void line(String before, String line, String after) {
        Matcher yaml = YAML.matcher(line);
        if (!document(before, line, after) && yaml.matches()) {
            OTHERS.forEach(other -> add(before + yaml.group(1) + " " + other + after));
        }
    }

    /** Whether it is a document of JSON. */
    private boolean document(String before, String text, String after) {
        try {
            JsonNode root = json.readTree(text.getBytes(ISO_8859_1));
            if (root == null || !root.isContainerNode()) {
                return false;
            }
            below(root, () -> add(before + new String(json.writeValueAsBytes(root), ISO_8859_1) + after));
            return true;
        } catch (IOException notJson) {
            return false;
        }
    }

    private interface Changed {
        void take() throws JsonProcessingException;
    }

    private void below(JsonNode holder, Changed changed) throws IOException {
        if (holder instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                JsonNode value = object.get(name);
                below(value, changed);
                replace(other -> object.set(name, other), changed);
                object.remove(name);
                changed.take();
                object.set(name, value);
            }
        } else if (holder instanceof ArrayNode array) {
            for (int i = 0; i < Math.min(ITEMS, array.size()); i++) {
                int at = i;
                JsonNode value = array.get(at);
                below(value, changed);
                replace(other -> array.set(at, other), changed);
                array.set(at, value);
            }
        }
    }

    private void replace(Consumer<JsonNode> place, Changed changed) throws IOException {
        for (String other : OTHERS) {
            place.accept(json.readTree(other));
            changed.take();
        }
    }

    private void add(String input) {
        inputs.add(input.getBytes(ISO_8859_1));
    }
}
