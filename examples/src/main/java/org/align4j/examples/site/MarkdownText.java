package org.align4j.examples.site;

import com.google.common.base.CharMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.align4j.core.page.HtmlText;
import org.align4j.examples.lessons.Lessons;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Block;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;

/** A page in Markdown, parsed: its title, its sections as a search reads them, and its HTML, with the anchors that GitHub gives headings. */
final class MarkdownText {
    private static final List<TablesExtension> EXTENSIONS = List.of((TablesExtension) TablesExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
    private static final int DEEPEST = 4;

    private final Node document;
    private final IdentityHashMap<Node, String> anchors = new IdentityHashMap<>();
    private final List<Section> sections = new ArrayList<>();

    /**
     * A heading with the text below it, up to the next one.
     *
     * @param level 1 for the page's own
     * @param anchor of the heading; empty for what stands before the first
     * @param heading as text
     * @param text without marks, cells and lines separated by blanks
     */
    record Section(int level, String anchor, String heading, String text) {}

    /** A row of a table whose first cell links to pages. */
    record Entry(String heading, List<Link> links) {}

    MarkdownText(String markdown) {
        document = PARSER.parse(markdown);
        Map<String, Integer> seen = new HashMap<>();
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                String anchor = anchor(text(heading));
                int before = seen.merge(anchor, 1, Integer::sum) - 1;
                anchors.put(heading, before == 0 ? anchor : anchor + "-" + before);
            }
        });
        divide();
    }

    /** Returns the anchor that GitHub gives a heading, the first of its text on a page. */
    static String anchor(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{M}\\p{N}\\p{Pc} -]", "")
                .replace(' ', '-');
    }

    private void divide() {
        int level = 1;
        String anchor = "";
        String heading = "";
        StringBuilder below = new StringBuilder();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading next && next.getLevel() <= DEEPEST) {
                add(level, anchor, heading, below);
                level = next.getLevel();
                anchor = anchors.getOrDefault(next, "");
                heading = text(next);
                below = new StringBuilder();
            } else {
                below.append(text(node)).append(' ');
            }
        }
        add(level, anchor, heading, below);
    }

    private void add(int level, String anchor, String heading, StringBuilder below) {
        if (!heading.isEmpty() || below.length() > 0) {
            sections.add(
                    new Section(level, anchor, heading, CharMatcher.whitespace().trimAndCollapseFrom(below, ' ')));
        }
    }

    List<Section> sections() {
        return sections;
    }

    /** Returns the anchors of all headings. */
    Set<String> anchors() {
        return Set.copyOf(anchors.values());
    }

    String title() {
        return sections.isEmpty() ? "" : sections.get(0).heading();
    }

    /** Returns the links of the first column of each table, each with the heading of the second level above it. */
    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        String heading = "";
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading next && next.getLevel() == 2) {
                heading = text(next);
            } else if (node instanceof TableBlock table) {
                List<Link> links = new ArrayList<>();
                table.accept(new FirstColumn(links));
                entries.add(new Entry(heading, links));
            }
        }
        return entries;
    }

    /** Gathers the links of a table's first column. */
    private static final class FirstColumn extends AbstractVisitor {
        private final List<Link> links;

        FirstColumn(List<Link> links) {
            this.links = links;
        }

        @Override
        public void visit(Link link) {
            Node cell = link.getParent();
            while (cell != null && !(cell instanceof TableCell)) {
                cell = cell.getParent();
            }
            if (cell != null && cell.getPrevious() == null) {
                links.add(link);
            }
        }
    }

    /** Returns what a reader reads in a part of the page, without marks. */
    static String text(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(Code part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(FencedCodeBlock part) {
                text.append(isFormula(part) ? "" : part.getLiteral());
            }

            @Override
            public void visit(IndentedCodeBlock part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(SoftLineBreak part) {
                text.append(' ');
            }

            @Override
            public void visit(HardLineBreak part) {
                text.append(' ');
            }

            @Override
            protected void visitChildren(Node parent) {
                super.visitChildren(parent);
                if (parent instanceof TableCell || parent instanceof Block) {
                    text.append(' ');
                }
            }
        });
        return text.toString().strip();
    }

    private static boolean isFormula(FencedCodeBlock block) {
        return block.getInfo().equals("math");
    }

    /**
     * Writes the page as HTML.
     *
     * @param addresses makes what a link says into the address that it leads to; empty where it leads nowhere, and stays as words
     * @param images makes the address of a picture into one that the page shows
     * @param types makes code into the address of the Javadoc of the type that it names; empty for other code
     */
    String html(UnaryOperator<String> addresses, UnaryOperator<String> images, UnaryOperator<String> types) {
        HtmlRenderer renderer = HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .escapeHtml(true)
                .nodeRendererFactory(context -> new Parts(context, addresses, types))
                .attributeProviderFactory(context -> (node, tag, attributes) -> {
                    if (node instanceof Heading) {
                        attributes.put("id", anchors.getOrDefault(node, ""));
                    } else if (node instanceof Image && attributes.containsKey("src")) {
                        attributes.put("src", images.apply(attributes.get("src")));
                    }
                })
                .build();
        return renderer.render(document)
                .replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
                .replace("</table>", "</table></div>");
    }

    /** Writes links, code and blocks of code. */
    private record Parts(HtmlNodeRendererContext context, UnaryOperator<String> addresses, UnaryOperator<String> types)
            implements NodeRenderer {
        @Override
        public Set<Class<? extends Node>> getNodeTypes() {
            return Set.of(Text.class, Link.class, Code.class, FencedCodeBlock.class, IndentedCodeBlock.class);
        }

        @Override
        public void render(Node node) {
            if (node instanceof Text text) {
                // A list of choices may break into lines.
                context.getWriter().raw(HtmlText.html(text.getLiteral()).replace("|", "|<wbr>"));
            } else if (node instanceof Link link) {
                around(addresses.apply(link.getDestination()), () -> children(link));
            } else if (node instanceof Code code) {
                String html = "<code>" + HtmlText.html(code.getLiteral()) + "</code>";
                String type = code.getParent() instanceof Link ? "" : types.apply(code.getLiteral());
                around(type, () -> context.getWriter().raw(html));
            } else if (node instanceof FencedCodeBlock block && block.getInfo().startsWith("java")) {
                block(Lessons.code(block.getLiteral().stripTrailing()));
            } else if (node instanceof FencedCodeBlock block && isFormula(block)) {
                block("<div class=\"wide\" tabindex=\"0\">" + Formula.drawn(block.getLiteral()) + "</div>");
            } else if (node instanceof FencedCodeBlock block) {
                block("<pre>" + HtmlText.html(block.getLiteral().stripTrailing()) + "</pre>");
            } else if (node instanceof IndentedCodeBlock block) {
                block("<pre class=\"formula\">"
                        + HtmlText.html(block.getLiteral().stripTrailing()) + "</pre>");
            }
        }

        private void block(String html) {
            context.getWriter().line();
            context.getWriter().raw(html);
            context.getWriter().line();
        }

        private void around(String address, Runnable inside) {
            if (!address.isEmpty()) {
                context.getWriter().raw("<a href=\"" + HtmlText.html(address) + "\">");
            }
            inside.run();
            if (!address.isEmpty()) {
                context.getWriter().raw("</a>");
            }
        }

        private void children(Node parent) {
            for (Node child = parent.getFirstChild(); child != null; ) {
                Node next = child.getNext();
                context.render(child);
                child = next;
            }
        }
    }
}
