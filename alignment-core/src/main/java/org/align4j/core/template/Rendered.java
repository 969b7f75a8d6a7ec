package org.align4j.core.template;

import java.util.List;

/**
 * The text that a template made, with its generation spans.
 *
 * @param text the rendered text
 * @param generationSpans what stood between {@code {% generation %}} marks, in the order the marks opened, in code
 *     points of {@code text}; empty where the template has no marks
 */
public record Rendered(String text, List<Span> generationSpans) {
    public Rendered {
        generationSpans = List.copyOf(generationSpans);
    }
}
