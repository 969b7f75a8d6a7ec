package org.align4j.core.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * How a model writes a conversation as text: its own chat template, run as Python's {@code transformers} runs it. Needs no native library and
 * may be used from several threads.
 *
 * <pre>{@code
 * ChatTemplate template = ChatTemplate.of(Path.of("data/demo/model"));
 * String prompt = template.render(List.of(Message.of("user", "Where is the kite?")), null);
 * }</pre>
 */
public final class ChatTemplate {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String KEY = "chat_template";

    private final String name;
    private final Template plain;
    private final Template withTools;
    private final Map<String, Object> variables;
    private final CallArguments calls = new CallArguments(
            messages -> rendered(messages, null, false, Map.of()).text());

    private ChatTemplate(String name, String source, String toolSource, SpecialTokens special) {
        this.name = name;
        this.plain = parse(name, source);
        this.withTools = toolSource.equals(source) ? plain : parse(name, toolSource);
        this.variables = special.variables();
    }

    /**
     * Opens the chat template of a model folder, or a file that holds a template. {@code bos_token}, {@code eos_token} and the other names
     * have the texts that tokenizer_config.json or special_tokens_map.json beside it give them.
     *
     * @param place a folder with chat_template.jinja, or whose tokenizer_config.json has a {@code chat_template}; or a template's own file
     * @throws InputException where there is no template, or it doesn't parse; with line and column
     */
    public static ChatTemplate of(Path place) {
        boolean folder = Files.isDirectory(place);
        Path beside = folder ? place : place.toAbsolutePath().resolveSibling("");
        return load(place, folder ? null : place, SpecialTokensReader.named(beside))
                .orElseThrow(() -> new InputException(place + " has no chat template: no chat_template.jinja, and no"
                        + " chat_template in tokenizer_config.json; give the folder of a model that has one, or the"
                        + " template's file."));
    }

    /**
     * Writes a conversation as the text that the model goes on with: it ends with the beginning of the assistant's answer.
     *
     * @param messages the turns so far
     * @param tools JSON schemas of the functions that the model may call; null for none
     * @throws InputException where the template refuses the conversation or fails; it says at which message and field
     */
    public String render(List<Message> messages, @Nullable List<?> tools) {
        return render(messages, tools, Map.of());
    }

    /**
     * Writes a conversation as {@link #render(List, List)} does, with variables of the template's own.
     *
     * @param arguments further variables, such as {@code enable_thinking}; they win over all others
     */
    public String render(
            List<Message> messages, @Nullable List<?> tools, Map<String, ? extends @Nullable Object> arguments) {
        return render(messages, 0, tools, true, arguments).text();
    }

    /**
     * Writes a whole conversation, and says where in the text the assistant speaks as far as the template marks that ({@code {% generation
     * %}}), as {@code return_assistant_tokens_mask} does in {@code transformers}.
     *
     * @param tools JSON schemas of the functions that the model may call; null for none
     * @throws InputException where the template refuses the conversation or fails
     */
    public Rendered conversation(List<Message> messages, @Nullable List<?> tools) {
        return render(messages, 0, tools, false, Map.of());
    }

    /**
     * Parses the source of a chat template.
     *
     * @param name what error messages call it
     * @param special gives {@code bos_token}, {@code eos_token} …
     * @throws InputException where it does not parse, with line and column
     */
    static ChatTemplate of(String name, String source, SpecialTokens special) {
        return new ChatTemplate(name, source, source, special);
    }

    /**
     * Loads a model's template: {@code override} where given, else chat_template.jinja, else the {@code chat_template} of
     * tokenizer_config.json (one text, or a list of named ones: "default", and "tool_use" for rows with tools).
     *
     * @return empty where the model has none
     */
    static Optional<ChatTemplate> load(Path modelFolder, @Nullable Path override, SpecialTokens special) {
        if (override != null) {
            return Optional.of(of(override.toString(), text(override), special));
        }
        Path file = modelFolder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(of(file.toString(), text(file), special));
        }
        Path config = modelFolder.resolve(CONFIG);
        JsonNode node = ModelJson.readIfThere(config).path(KEY);
        if (node.isMissingNode() || node.isNull()) {
            config = modelFolder.resolve("chat_template.json");
            node = ModelJson.readIfThere(config).path(KEY);
        }
        return fromJson(config + ": " + KEY, node, special);
    }

    private static Optional<ChatTemplate> fromJson(String name, JsonNode node, SpecialTokens special) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (node.isTextual()) {
            return Optional.of(of(name, node.textValue(), special));
        }
        Map<String, String> named = new LinkedHashMap<>();
        node.forEach(entry ->
                named.put(entry.path("name").asText(), entry.path("template").asText()));
        String source = named.get("default");
        if (source == null && named.size() == 1) {
            source = named.values().iterator().next();
        }
        if (source == null) {
            throw new InputException(name + " has the templates " + named.keySet()
                    + " but none named default; choose one with --chat-template FILE.");
        }
        return Optional.of(new ChatTemplate(name, source, named.getOrDefault("tool_use", source), special));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new InputException(
                    file + " can't be read as a chat template (UTF-8 text): " + FileFailure.reason(e) + ".", e);
        }
    }

    private static Template parse(String name, String source) {
        try {
            return Template.parse(source);
        } catch (TemplateException e) {
            throw new InputException(name + ": " + e.getMessage() + ".", e);
        }
    }

    /**
     * Renders a conversation by the template.
     *
     * @param messages the turns
     * @param added how many turns were put before those of the row
     * @param tools JSON schemas of the functions the model may call; null where it has none
     * @param addGenerationPrompt whether to end with the beginning of the assistant's answer
     * @param arguments further variables of the template ({@code enable_thinking} …); they win over all others
     * @throws InputException where the template refuses the conversation or fails
     */
    Rendered render(
            List<Message> messages,
            int added,
            @Nullable List<?> tools,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> arguments) {
        try {
            return run(messages, tools, addGenerationPrompt, arguments);
        } catch (TemplateException e) {
            TemplateFault fault =
                    new TemplateFault(name, added, (some, same) -> run(some, same, addGenerationPrompt, arguments));
            throw fault.explain(messages, tools, e);
        }
    }

    /** Renders a conversation and lets the template's own failure through. */
    Rendered run(
            List<Message> messages,
            @Nullable List<?> tools,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> arguments) {
        List<Map<String, ? extends @Nullable Object>> fields = new ArrayList<>();
        messages.forEach(message -> fields.add(message.templateFields()));
        return rendered(calls.of(fields), tools, addGenerationPrompt, arguments);
    }

    private Rendered rendered(
            List<Map<String, ? extends @Nullable Object>> messages,
            @Nullable List<?> tools,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> arguments) {
        Map<String, @Nullable Object> context = new LinkedHashMap<>(variables);
        context.put("messages", messages);
        context.put("tools", tools);
        context.put("documents", null);
        context.put("add_generation_prompt", addGenerationPrompt);
        context.putAll(arguments);
        return (tools == null ? plain : withTools).render(context);
    }

    /** Returns whether the template says itself what the assistant wrote, by {@code {% generation %}} marks. */
    public boolean marksAssistant() {
        return plain.marksGeneration();
    }

    /** Returns where the template came from, for messages. */
    public String name() {
        return name;
    }

    /**
     * Finds out which message, and which of its fields, a template fails at: the first message without which it does not
     * fail so, and the field without which, or with a plain text in its place, it does not.
     */
    private record TemplateFault(String template, int added, Attempt attempt) {
        private static final String STAND_IN = "x";

        /** Writes a conversation, or throws a {@link TemplateException}. */
        interface Attempt {
            void write(List<Message> messages, @Nullable List<?> tools);
        }

        /**
         * @param template what errors call the template
         * @param added messages that were put before those of the row
         */

        /** The error, in plain words. */
        InputException explain(List<Message> messages, @Nullable List<?> tools, TemplateException error) {
            int count = 1;
            while (count < messages.size() && !fails(messages.subList(0, count), tools, error)) {
                count++;
            }
            boolean own = error.kind().equals("TemplateError");
            if (messages.isEmpty() || !fails(messages.subList(0, count), tools, error)) {
                return sentence(own ? "the chat template refuses the conversation: " : general(""), error);
            }
            List<Message> guilty = messages.subList(0, count);
            Message last = guilty.get(count - 1);
            String place = count - 1 < added
                    ? "the system message"
                    : "message " + (count - 1 - added) + " (" + last.role() + ")";
            if (own) {
                return sentence("the chat template refuses the conversation at " + place + ": ", error);
            }
            if (tools != null && !fails(guilty, null, error)) {
                return sentence("\"tools\" can't be written by the chat template (" + template + "): ", error);
            }
            String field = field(guilty.subList(0, count - 1), last, tools, error);
            if (field.isEmpty()) {
                return sentence(general(place), error);
            }
            String start = field + " of " + place + state(last, field);
            return field.equals("\"content\"")
                    ? new InputException(
                            start + line(error) + "; it must be text there, or give another --chat-template.", error)
                    : sentence(start + ": ", error);
        }

        private String general(String place) {
            return "the chat template (" + template + ") can't write " + (place.isEmpty() ? "the conversation" : place)
                    + ": ";
        }

        private String state(Message message, String field) {
            Object value = message.fields().get(field.substring(1, field.length() - 1));
            boolean there = message.fields().containsKey(field.substring(1, field.length() - 1));
            return " is " + (there ? MessageValues.kind(value) : "missing") + ", which the chat template (" + template
                    + ") can't write";
        }

        private boolean fails(List<Message> messages, @Nullable List<?> tools, TemplateException error) {
            try {
                attempt.write(messages, tools);
                return false;
            } catch (TemplateException e) {
                return e.kind().equals(error.kind()) && e.reason().equals(error.reason());
            }
        }

        /** The field in quotes; empty where no single one is to blame. */
        private String field(List<Message> before, Message message, @Nullable List<?> tools, TemplateException error) {
            Map<String, Message> changes = new LinkedHashMap<>();
            if (!(message.fields().get("content") instanceof String)) {
                changes.put("content", message.with("content", STAND_IN));
            }
            for (String field : message.fields().keySet()) {
                if (!field.equals("role") && !field.equals("content")) {
                    changes.put(field, message.without(field));
                }
            }
            for (Map.Entry<String, Message> change : changes.entrySet()) {
                List<Message> changed = new ArrayList<>(before);
                changed.add(change.getValue());
                if (!fails(changed, tools, error)) {
                    return '"' + change.getKey() + '"';
                }
            }
            return "";
        }

        private static String line(TemplateException error) {
            return error.line() > 0 ? " (line " + error.line() + " of the template)" : "";
        }

        private static InputException sentence(String start, TemplateException error) {
            String what = switch (error.kind()) {
                case "TemplateError", "LimitError" -> error.reason();
                case "UndefinedError" -> "it asks for something that is not there, " + error.reason();
                case "TypeError" -> "it needs a value of another kind, " + error.reason();
                case "SecurityError" -> "it does what templates may not, " + error.reason();
                default -> error.reason();
            };
            String whole = start + what + (error.kind().equals("TemplateError") ? "" : line(error));
            return new InputException(whole.endsWith(".") ? whole : whole + ".", error);
        }
    }
}
