package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template;
import org.align4j.core.template.TemplateException;

/** Parses the input as a chat template and writes two conversations by it. */
final class TemplateFuzz implements FuzzTarget {
    private static final List<Map<String, Object>> TOOLS = List.of(Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    "add",
                    "description",
                    "Adds.",
                    "parameters",
                    Map.of("type", "object", "properties", Map.of("a", Map.of("type", "integer"))))));

    private static final List<Map<String, Object>> SHORT =
            List.of(Map.of("role", "user", "content", "Hi"), Map.of("role", "assistant", "content", " Yes. "));

    private static final List<Map<String, Object>> LONG = List.of(
            Map.of("role", "system", "content", "Be brief."),
            Map.of("role", "user", "content", List.of(Map.of("type", "text", "text", "1 + 2?"))),
            Map.of(
                    "role",
                    "assistant",
                    "content",
                    "<think>\nadd\n</think>",
                    "tool_calls",
                    List.of(Map.of(
                            "id", "a1", "function", Map.of("name", "add", "arguments", Map.of("a", 1, "b", 2.5))))),
            Map.of("role", "tool", "content", "3", "tool_call_id", "a1"),
            Map.of("role", "assistant", "content", "3"));

    @Override
    public void read(byte[] input, Path folder) {
        try {
            Template template = Template.parse(new String(input, UTF_8));
            template.marksGeneration();
            template.render(
                    Map.of("messages", SHORT, "bos_token", "<s>", "eos_token", "</s>", "add_generation_prompt", true));
            template.render(
                    Map.of("messages", LONG, "tools", TOOLS, "eos_token", "</s>", "add_generation_prompt", false));
        } catch (TemplateException refused) {
            // What reads templates for a model puts the file's name before these words.
            throw new InputException(refused.getMessage(), refused);
        }
    }
}
