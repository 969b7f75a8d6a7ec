package org.align4j.core.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.template.python.Globals;
import org.align4j.core.template.python.PythonError;
import org.align4j.core.template.python.Values;
import org.jspecify.annotations.Nullable;

/**
 * A parsed chat template: Jinja2 as {@code transformers} sets it up (trim_blocks, lstrip_blocks, loop controls,
 * {@code {% generation %}}, the immutable sandbox). May be rendered from several threads at once; what its renders may spend
 * together is counted.
 *
 * <p>Left out: includes and inheritance (there are no other templates), autoescape, i18n, and the filters pprint,
 * random, urlize, wordwrap and filesizeformat.
 */
public final class Template {
    private final Block block;
    private final boolean generation;
    private final RenderAllowance allowance = new RenderAllowance();

    private Template(Block block, boolean generation) {
        this.block = block;
        this.generation = generation;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException where it is none, with line and column
     */
    public static Template parse(String source) {
        try {
            StatementParser parser = new StatementParser(new Lexer(source).tokens());
            return new Template(parser.template(), parser.marksGeneration());
        } catch (StackOverflowError e) {
            throw new TemplateException("TemplateSyntaxError", "the template is nested too deep", 0, 0);
        }
    }

    /**
     * Renders the template.
     *
     * @param context what the template's names stand for: strings, numbers, booleans, null, lists and maps
     * @throws TemplateException where it fails, raises an error itself, or exceeds the sandbox's bounds
     */
    public Rendered render(Map<String, ? extends @Nullable Object> context) {
        Map<String, Object> names = new HashMap<>(Globals.ALL);
        Output output = new Output();
        try {
            allowance.require();
            context.forEach((name, value) -> names.put(name, Values.of(value)));
            block.run(NameScope.outermost(output, names).inner());
            return output.rendered();
        } catch (PythonError e) {
            throw new TemplateException(e.kind(), e.reason(), 0, 0);
        } catch (StackOverflowError e) {
            throw new TemplateException("LimitError", "the template or its values are nested too deep", 0, 0);
        } finally {
            allowance.charge(output.budget().spent(), context);
        }
    }

    /** Returns the steps that renders took beyond what conversations of their size do; none where a template is an honest one. */
    long extraSteps() {
        return allowance.extra();
    }

    /** Returns whether the template says what the model writes, by {@code {% generation %}} marks. */
    public boolean marksGeneration() {
        return generation;
    }

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

    /**
     * A stretch of text, {@code [start, end)}, counted in Unicode code points.
     *
     * @param start first code point that belongs to it
     * @param end first code point after it
     */
    public record Span(int start, int end) {
        public Span {
            if (start < 0 || end < start) {
                throw new IllegalArgumentException("A span starts at 0 or later and ends at its start or later, not ["
                        + start + ", " + end + ").");
            }
        }
    }

    /**
     * What all renders of a template may spend together. Each render has a budget of its own that no conversation needs; a template
     * that spends most of it on every row would still take weeks over a file. So what renders spend beyond what conversations of
     * their size ordinarily take is counted.
     */
    private static final class RenderAllowance {
        /** Spent in about ten seconds. */
        private static final long MOST_EXTRA = 300_000_000;

        /** What a render spends ordinarily: so much, and this much for each character of messages and tools. */
        private static final long ORDINARY = 500_000;

        private static final long ORDINARY_EACH = 200;

        private final AtomicLong extra = new AtomicLong();

        /** @throws PythonError where renders spent too much already */
        void require() {
            if (extra.get() > MOST_EXTRA) {
                throw new PythonError(
                        "LimitError",
                        "the template's renders did " + MOST_EXTRA
                                + " steps more than conversations of their size take, so it is taken to be endless");
            }
        }

        void charge(long spent, Map<String, ? extends @Nullable Object> context) {
            if (spent > ORDINARY) {
                extra.addAndGet(Math.max(0, spent - ORDINARY - ORDINARY_EACH * size(context)));
            }
        }

        /** Returns what renders spent beyond the ordinary. */
        long extra() {
            return extra.get();
        }

        private static long size(@Nullable Object value) {
            if (value instanceof Map<?, ?> map) {
                return map.values().stream().mapToLong(RenderAllowance::size).sum();
            }
            if (value instanceof List<?> list) {
                return list.stream().mapToLong(RenderAllowance::size).sum();
            }
            return value instanceof String text ? text.length() : 1;
        }
    }
}
