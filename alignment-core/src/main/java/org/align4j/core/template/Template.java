package org.align4j.core.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parsed template. */
public final class Template {
    private final String source;

    private Template(String source) {
        this.source = source;
    }

    /** Reads a template; for now only plain text, which holds no tags. */
    public static Template parse(String source) {
        if (source.contains("{{") || source.contains("{%")) {
            throw new TemplateException("TemplateSyntaxError", "tags are not read yet", 1, 1);
        }
        return new Template(source);
    }

    /** The template with the context's values. */
    public Rendered render(Map<String, ? extends @Nullable Object> context) {
        return new Rendered(source, List.of());
    }

    /** Whether the template has {@code {% generation %}} marks. */
    public boolean marksGeneration() {
        return false;
    }
}
