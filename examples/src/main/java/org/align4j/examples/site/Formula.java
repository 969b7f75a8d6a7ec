package org.align4j.examples.site;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.page.HtmlText;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import uk.ac.ed.ph.snuggletex.SnuggleEngine;
import uk.ac.ed.ph.snuggletex.SnuggleInput;
import uk.ac.ed.ph.snuggletex.SnuggleSession;

/** Formulas in TeX, as GitHub draws them from a block of {@code math}, written as the part of MathML that browsers draw (MathML Core). */
final class Formula {
    private static final SnuggleEngine ENGINE = new SnuggleEngine();
    private static final String THIN = "<mspace width=\"0.167em\"/>";

    private Formula() {}

    /**
     * Writes a displayed formula as MathML.
     *
     * @throws InputException where the TeX has a command that isn't known, or isn't closed
     */
    static String drawn(String tex) {
        SnuggleSession session = ENGINE.createSession();
        try {
            session.parseInput(new SnuggleInput("\\[" + tex.strip() + "\\]"));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        if (!session.getErrors().isEmpty()) {
            throw new InputException(format(
                    "The formula %s can't be drawn: %s. Write it with TeX's usual commands, as in docs/dpo.md.",
                    tex.strip(), session.getErrors()));
        }
        StringBuilder html = new StringBuilder();
        Node formula = session.buildDOMSubtree().item(0);
        write((Element) formula, html);
        return html.toString();
    }

    private static void write(Element element, StringBuilder html) {
        List<Element> children = elements(element);
        switch (element.getTagName()) {
            case "mfenced" -> {
                // Browsers no longer draw mfenced: brackets and the commas between its parts are operators.
                String bracket =
                        element.getElementsByTagName("mfrac").getLength() > 0 ? "<mo>" : "<mo stretchy=\"false\">";
                html.append("<mrow>")
                        .append(bracket)
                        .append(element.getAttribute("open"))
                        .append("</mo>");
                for (int i = 0; i < children.size(); i++) {
                    html.append(i == 0 ? "" : "<mo>,</mo>");
                    write(children.get(i), html);
                }
                html.append(bracket).append(element.getAttribute("close")).append("</mo></mrow>");
            }
            case "mstyle" -> {
                // Letters of \mathrm are one upright name; what stands after it comes in a style, too.
                boolean name = element.getTextContent().matches("[A-Za-z]{2,}")
                        && children.stream()
                                .allMatch(child -> child.getTagName().equals("mi"));
                html.append(name ? "<mi>" + text(element) + "</mi>" : "<mrow>");
                if (!name) {
                    children.forEach(child -> write(child, html));
                    html.append("</mrow>");
                }
            }
            default -> {
                html.append('<').append(element.getTagName());
                for (String name : List.of("display", "width")) {
                    if (element.hasAttribute(name)) {
                        html.append(format(" %s=\"%s\"", name, HtmlText.html(element.getAttribute(name))));
                    }
                }
                html.append('>');
                if (children.isEmpty()) {
                    html.append(text(element));
                }
                children.forEach(child -> write(child, html));
                html.append("</").append(element.getTagName()).append('>');
                html.append(isFunction(element) ? THIN : "");
            }
        }
    }

    /** Whether it is a name of several letters with something behind it that it is applied to. */
    private static boolean isFunction(Element element) {
        return element.getTagName().equals("mi")
                && element.getTextContent().length() > 1
                && List.of("mrow", "math", "mstyle")
                        .contains(element.getParentNode().getNodeName());
    }

    private static List<Element> elements(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    private static String text(Element element) {
        return HtmlText.html(element.getTextContent().replace('-', '−'));
    }
}
