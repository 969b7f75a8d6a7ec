package org.align4j.core.template;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.align4j.core.template.Template.Rendered;
import org.align4j.core.template.Template.Span;
import org.align4j.core.template.python.Budget;

/** What a render has made so far: the text, blocks that are being captured, and the generation marks. */
final class Output {
    private final Budget budget = new Budget();
    private final Deque<StringBuilder> buffers = new ArrayDeque<>();
    private final List<Marked> marks = new ArrayList<>();

    /** A stretch between generation marks: its text, and where it ought to be in UTF-16 units. */
    private record Marked(String text, int outer, int inner) {}

    public Output() {
        buffers.push(new StringBuilder());
    }

    public Budget budget() {
        return budget;
    }

    public void write(String text) {
        budget.spend(text.length());
        buffers.element().append(text);
    }

    /** Begins to keep what is written apart. */
    public void capture() {
        buffers.push(new StringBuilder());
    }

    /** Ends the capture, and returns what was captured. */
    public String captured() {
        return buffers.pop().toString();
    }

    /** Writes what stood between generation marks, and remembers where. */
    public void writeGenerated(String text) {
        int inner = buffers.stream().mapToInt(StringBuilder::length).sum();
        marks.add(new Marked(text, buffers.getLast().length(), inner));
        write(text);
    }

    public Rendered rendered() {
        String text = buffers.getLast().toString();
        return new Rendered(text, marks.stream().map(mark -> place(text, mark)).toList());
    }

    /**
     * Marks inside a macro or block stand where that is written, which is as far on as the captured text before them
     * says, as long as that text is then written as it is.
     */
    private static Span place(String text, Marked mark) {
        int from = text.startsWith(mark.text, mark.outer) ? mark.outer : mark.inner;
        if (!text.startsWith(mark.text, from)) {
            throw new TemplateException(
                    "TemplateError",
                    "a {% generation %} block is inside a block whose text is moved or changed later, so that its place"
                            + " can't be determined",
                    0,
                    0);
        }
        int start = text.codePointCount(0, from);
        return new Span(start, start + mark.text.codePointCount(0, mark.text.length()));
    }
}
