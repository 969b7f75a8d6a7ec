package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.template.python.Characters;
import org.align4j.core.text.ConversationEncoder.TemplateWriter;
import org.align4j.core.text.ConversationReader.Ready;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What transformers renders in full is not refused, on any template; what it leaves out is. Whether a render is full is
 * told by looking for every text of the conversation in the expected output, as it is or as JSON.
 */
@Tag("reference")
class CompletenessReferenceTest {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);
    private static final Set<String> GRAMMAR = Set.of("type", "default", "required");

    private final Map<Path, Map<String, JsonNode>> sources = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> templates() {
        return ReferenceFolder.of("templates")
                .leaving("about", "bos_token", "eos_token", "generation", "scenario", "error", "templates")
                .files("expected.json"::equals, file -> file.each("templates"), this::check);
    }

    private void check(ReferenceCase reference, Comparisons comparisons) throws IOException {
        JsonNode source = sources.computeIfAbsent(reference.path().resolveSibling("templates.json"), this::read)
                .get(reference.content().get("name").asText());
        for (JsonNode render : reference.content().get("renders")) {
            if (!render.has("output")) {
                comparisons.same("no output", true, render.has("error"));
                continue;
            }
            String scenario = render.get("scenario").asText();
            JsonNode given = reference.root().path("scenarios").path(scenario);
            compare(scenario, source, given, render.get("output").asText(), comparisons);
        }
    }

    private static void compare(
            String scenario, JsonNode source, JsonNode given, String output, Comparisons comparisons)
            throws IOException {
        String refusal = refusal(source, given);
        if (holdsMoreThanText(given)) {
            comparisons.same(
                    scenario + " is refused for its images", true, refusal.contains("only parts of text are read"));
        } else if (holdsForeignRole(given) && refusal.contains("doesn't know; it knows")) {
            comparisons.same(scenario + " is refused for its role", false, refusal.isEmpty());
        } else if (missing(given, output).isEmpty()) {
            comparisons.same(scenario + " is full", "", refusal);
        } else if (!scenario.equals("parts") && !excused(given, missing(given, output))) {
            comparisons.same(scenario + " lacks " + missing(given, output), true, !refusal.isEmpty());
        }
    }

    /** Whether a message has a part that isn't text, such as an image, which transformers writes a placeholder for and we refuse. */
    private static boolean holdsMoreThanText(JsonNode given) {
        for (JsonNode message : given.path("messages")) {
            for (JsonNode part : message.path("content")) {
                if (part.isObject()
                        && !part.path("text").isTextual()
                        && !part.path("thinking").isTextual()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a message has a role that is no name of system, user, assistant or tool, which we refuse where the template doesn't know it. */
    private static boolean holdsForeignRole(JsonNode given) {
        for (JsonNode message : given.path("messages")) {
            if (Roles.standard(message.path("role").asText()) == null) {
                return true;
            }
        }
        return false;
    }

    /** The sentence with which a conversation is refused; empty where it is not. */
    private static String refusal(JsonNode source, JsonNode given) throws IOException {
        Map<String, Object> variables = new LinkedHashMap<>();
        for (String token : List.of("bos_token", "eos_token")) {
            if (!source.path(token).isNull()) {
                variables.put(token, source.path(token).asText());
            }
        }
        SpecialTokens special = new SpecialTokens(null, null, null, new int[0], variables);
        ChatTemplate template = ChatTemplate.of("t", source.get("template").asText(), special);
        Map<String, Object> arguments = map(given);
        List<Message> messages = new ArrayList<>();
        given.get("messages").forEach(message -> messages.add(Message.of(unchecked(message))));
        List<?> tools = (List<?>) arguments.remove("tools");
        arguments.remove("messages");
        boolean prompts = Boolean.TRUE.equals(arguments.remove("add_generation_prompt"));
        ConversationStyle style = new ConversationStyle(null, arguments, ControlTokens.REFUSE);
        TemplateWriter writer = new TemplateWriter(template, style.arguments());
        try {
            Ready ready = new ConversationReader(new ControlTokenSearch(List.of()), style, writer::probe, "t")
                    .read(messages, tools);
            Written written = writer.write(ready, prompts);
            new Completeness(ready, "t").require(written.text());
            return "";
        } catch (InputException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** The texts of a conversation that a render does not hold. */
    private static List<String> missing(JsonNode given, String output) throws IOException {
        List<String> texts = new ArrayList<>();
        for (JsonNode message : given.path("messages")) {
            JsonNode content = message.path("content");
            if (content.isTextual()) {
                texts.add(content.asText());
            }
            content.forEach(part -> texts.add(part.path("text").asText()));
            for (JsonNode call : message.path("tool_calls")) {
                texts.add(call.path("function").path("name").asText());
                JsonNode arguments = call.path("function").path("arguments");
                addTexts(arguments.isTextual() ? JSON.readTree(arguments.asText()) : arguments, Set.of(), texts);
            }
        }
        given.path("tools").forEach(tool -> addTexts(tool, GRAMMAR, texts));
        texts.removeIf(text -> stands(text, output));
        return texts;
    }

    private static void addTexts(JsonNode value, Set<String> without, List<String> texts) {
        if (value.isTextual()) {
            texts.add(value.asText());
        } else if (value.isNumber()) {
            texts.add(value.toString());
        }
        value.forEach(item -> {
            if (value.isArray()) {
                addTexts(item, without, texts);
            }
        });
        value.properties().forEach(field -> {
            if (!without.contains(field.getKey())) {
                if (without.isEmpty()) {
                    texts.add(field.getKey());
                }
                addTexts(field.getValue(), without, texts);
            }
        });
    }

    private static boolean stands(String text, String output) {
        try {
            String stripped = stripped(text);
            String json = JSON.writeValueAsString(stripped);
            String inner = json.substring(1, json.length() - 1);
            return output.contains(stripped)
                    || output.contains(inner)
                    || output.contains(stripped.replace("'", "\\'"))
                    || output.contains(ascii(inner));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text as Python's strip leaves it: no-break spaces go too, which Java's strip keeps. */
    private static String stripped(String text) {
        return Characters.stripEnd(Characters.stripStart(text));
    }

    /** A folder may hold scenarios with images, or with roles of another template: a refusal for these is no fault, and any other is. */
    @Test
    void aRefusedImageOrRoleIsNoFault() throws IOException {
        JsonNode source = JSON.readTree("""
                {"template": "{% for m in messages %}<{{ m.role }}>{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}\
                {{ p.text if p.type == 'text' else '<image>' }}{% endfor %}{% endif %}{% endfor %}"}""");
        List<String> scenarios = List.of("""
                {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}]}""", """
                {"messages": [{"role": "critic", "content": "Bad."}, {"role": "user", "content": "Why?"}]}""");
        for (String scenario : scenarios) {
            Comparisons comparisons = new Comparisons();
            compare("s", source, JSON.readTree(scenario), "<user><image>What?<critic>Bad.<user>Why?", comparisons);
            comparisons.failIfDifferent();
        }
        Comparisons comparisons = new Comparisons();
        JsonNode unanswered = JSON.readTree("{\"messages\": [{\"role\": \"user\", \"content\": \"Lost.\"}]}");
        compare("s", source, unanswered, "<user>", comparisons);
        assertThatThrownBy(comparisons::failIfDifferent).hasMessageContaining("lacks [Lost.]");
    }

    @Test
    void aTextIsTrimmedByPythonsRule() {
        for (String text : List.of("a b\u00a0", "\u2007a b", "\u202f a b\u0085\u3000")) {
            assertThat(stands(text, "<user>a b</user>")).isTrue();
        }
        assertThat(stands("a\u200b", "a")).isFalse();
    }

    private static String ascii(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c < 128 ? String.valueOf((char) c) : "\\u" + hex(c)));
        return out.toString();
    }

    private static String hex(int c) {
        return Integer.toHexString(0x10000 | c).substring(1);
    }

    /** Whether the only thing missing is a thought, which a template may leave out. */
    private static boolean excused(JsonNode given, List<String> missing) {
        for (JsonNode message : given.path("messages")) {
            missing.remove(
                    message.path("content").asText().contains("</think>")
                            ? message.path("content").asText()
                            : "");
        }
        return missing.isEmpty();
    }

    private Map<String, JsonNode> read(Path file) {
        Map<String, JsonNode> byName = new HashMap<>();
        try {
            JsonNode root = JSON.readTree(file.toFile());
            (root.isArray() ? root : root.path("templates"))
                    .forEach(template -> byName.put(template.get("name").asText(), template));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byName;
    }

    private static Map<String, Object> unchecked(JsonNode node) {
        try {
            return map(node);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> map(JsonNode node) throws IOException {
        return JSON.readValue(JSON.treeAsTokens(node), new TypeReference<LinkedHashMap<String, Object>>() {});
    }
}
