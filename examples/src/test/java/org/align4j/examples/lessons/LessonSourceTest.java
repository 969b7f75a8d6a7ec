package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.examples.lessons.LessonSource.Cell;
import org.align4j.examples.lessons.LessonSource.Kind;
import org.align4j.examples.lessons.LessonSource.Paper;
import org.align4j.examples.lessons.LessonSource.Part;
import org.junit.jupiter.api.Test;

/** How the source of a lesson is cut into cells, and its prose made into a page. */
class LessonSourceTest {
    private static final List<String> SOURCE = """
            package a.b;

            import java.util.List;

            /**
             * Says something.
             *
             * @see <a href="https://example.org/1">One 2001,
             *     First</a>
             */
            public final class Halves extends Lesson {
                private static final double HALF =
                        0.5;

                /** Runs it. */
                public static void main(String[] arguments) {
                    new Halves().run();
                }

                public Halves() {
                    super(1, "Half?");
                }

                @Override
                public void teach(LessonSheet sheet) throws IOException {
                    /*
                     * ## A half
                     *
                     * Text.
                     */
                    double quarter = half(half(1));

                    sheet.figure("quarter", quarter);

                    /*
                     * Last.
                     */
                }

                private record Unused(int a) {}

                /** Divides by two. */
                private static double half(double x) {
                    if (x > 0) {
                        return HALF * x;
                    }
                    return 0;
                }
            }
            """.lines().toList();

    private final LessonSource source = LessonSource.cut(SOURCE, "Halves");

    /** The method comes before the code that calls it, and its constant before the method. */
    @Test
    void cellsStandInTheOrderOfUse() {
        assertThat(source.cells())
                .containsExactly(
                        new Cell(Kind.PROSE, "## A half\n\nText.", 27),
                        new Cell(Kind.DECLARED, "double HALF =\n        0.5;", 12),
                        new Cell(
                                Kind.DECLARED,
                                "/** Divides by two. */\ndouble half(double x) {\n    if (x > 0) {\n        return HALF * x;\n    }\n    return 0;\n}",
                                43),
                        new Cell(
                                Kind.CODE,
                                "double quarter = half(half(1));\n\nsheet.figure(\"quarter\", quarter);",
                                31),
                        new Cell(Kind.PROSE, "Last.", 36));
        assertThat(source.imports()).containsExactly("import java.util.List;");
        assertThat(source.papers()).containsExactly(new Paper("https://example.org/1", "One 2001, First"));
        assertThat(source.parts()).extracting(Part::name).containsExactly("HALF", "Unused", "half");
        assertThat(source.teach()).startsWith("void teach(LessonSheet sheet) throws IOException {");
        assertThat(source.hasProse()).isTrue();
    }

    @Test
    void proseBecomesHtml() {
        String prose = """
                ## A < B

                A *word*, **another** and `code_*x*`, [linked](concepts.md#kl).

                    E = m
                    c²

                - one
                - two

                Answer: Yes.

                More.

                ## Next""";
        assertThat(LessonProse.html(prose, link -> "../docs/" + link)).isEqualTo("""
                        <h2>A &lt; B</h2>
                        <p>A <em>word</em>, <strong>another</strong> and <code>code_*x*</code>, <a href="../docs/concepts.md#kl">linked</a>.</p>
                        <pre class="formula">E = m
                        c²</pre>
                        <ul><li>one</li><li>two</li></ul>
                        <details><summary>Answer</summary>
                        <p>Yes.</p>
                        <p>More.</p>
                        </details>
                        <h2>Next</h2>
                        """);
        assertThat(LessonProse.lines(prose))
                .containsExactly(
                        "— A < B",
                        "A word, another and code_*x*, linked.",
                        "    E = m\n    c²",
                        "- one\n- two",
                        "(The answer is on the page.)",
                        "— Next");
        assertThat(LessonProse.notebook(prose, link -> "../docs/" + link))
                .contains("[linked](../docs/concepts.md#kl)", "`code_*x*`")
                .endsWith("<details><summary>Answer</summary>\n\nYes.\n\nMore.\n\n</details>\n\n## Next");
    }
}
