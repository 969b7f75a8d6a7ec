package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.error.InputException;
import org.align4j.core.template.Template;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Renders a file of cases, {@code {"template", "messages"?, "tools"?, "add_generation_prompt"?, "bos_token"?,
 * "eos_token"?, "kwargs"?}} a line, as transformers would: {@code tools} and {@code documents} are None where they are
 * not given, tokens that are not given are undefined.
 */
final class TemplateCases implements ObjectFile.Receiver {
    private final Path file;
    private final ResultLines.Sink sink;
    private final Map<String, Template> parsed = new HashMap<>();

    private TemplateCases(Path file, ResultLines.Sink sink) {
        this.file = file;
        this.sink = sink;
    }

    static void render(Path file, ResultLines.Sink sink) {
        ObjectFile.of(file).read(new TemplateCases(file, sink));
    }

    @Override
    public void object(int line, Map<String, @Nullable Object> fields) {
        if (!(fields.get("template") instanceof String source)) {
            throw new InputException(file + ":" + line + ": \"template\" is missing or no string; a case needs one.");
        }
        Object arguments = fields.get("kwargs");
        if (arguments != null && !(arguments instanceof Map)) {
            throw new InputException(file + ":" + line + ": \"kwargs\" must be an object of template variables.");
        }
        try {
            Template template = parsed.computeIfAbsent(source, Template::parse);
            sink.line(result(template.render(context(fields, arguments))));
        } catch (TemplateException e) {
            boolean own = e.kind().equals("TemplateError");
            sink.line(Map.of("error", own ? e.kind() + ": " + e.reason() : String.valueOf(e.getMessage())));
        }
    }

    private static Map<String, @Nullable Object> context(
            Map<String, @Nullable Object> fields, @Nullable Object arguments) {
        Map<String, @Nullable Object> context = new LinkedHashMap<>();
        context.put("tools", null);
        context.put("documents", null);
        for (String name : List.of("messages", "tools", "add_generation_prompt")) {
            if (fields.containsKey(name)) {
                context.put(name, fields.get(name));
            }
        }
        for (String name : List.of("bos_token", "eos_token")) {
            if (fields.get(name) != null) {
                context.put(name, fields.get(name));
            }
        }
        if (arguments instanceof Map<?, ?> more) {
            more.forEach((name, value) -> context.put(String.valueOf(name), value));
        }
        return context;
    }

    private static Map<String, Object> result(Rendered rendered) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", rendered.text());
        fields.put(
                "assistant_spans",
                rendered.generationSpans().stream()
                        .map(span -> List.of(span.start(), span.end()))
                        .toList());
        return fields;
    }

    @Override
    public void broken(int line, InputException error) {
        throw error;
    }
}
