package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.page.HtmlPage;

/** The fold-out at the page's end that explains its words; charts link to its entries, so that the page needs no other file. */
final class Glossary {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Glossary() {}

    /** Returns the entry that explains a figure of this meaning, empty where its chart says all. */
    static String termOf(Meaning meaning) {
        return switch (meaning) {
            case LOSS, LOSS_PART -> "loss";
            case ACCURACY, LIKELIER -> "pairs-won";
            case MARGIN -> "reward-margin";
            case REWARD -> "implicit-reward";
            case SCORE -> "score";
            case DIVERGENCE -> "kl-divergence";
            case BASELINE -> "log-ratio";
            case LOG_PROBABILITY -> "log-probability";
            case ENTROPY -> "entropy";
            case GENERAL_PERPLEXITY, REFERENCE_PERPLEXITY -> "perplexity";
            case GRADIENT_NORM -> "gradient-norm";
            case RATE -> "learning-rate";
            default -> "";
        };
    }

    /** Returns the explanations by the name of their entry, in the order of the page. */
    static Map<String, Entry> entries() throws IOException {
        return JSON.readValue(
                HtmlPage.resource(Glossary.class, "glossary.json"),
                new TypeReference<LinkedHashMap<String, Entry>>() {});
    }

    /**
     * Holds the explanation of a term.
     *
     * @param title the word
     * @param text what it means, in one to three sentences
     */
    record Entry(String title, String text) {}

    /** Returns the fold-out as HTML. */
    static String section() throws IOException {
        StringBuilder out = new StringBuilder(
                "<section id=\"glossary\"><details><summary>Glossary: the words of this page</summary><dl>");
        entries()
                .forEach((name, entry) -> out.append("<div id=\"term-")
                        .append(name)
                        .append("\"><dt>")
                        .append(html(entry.title()))
                        .append("</dt><dd>")
                        .append(html(entry.text()))
                        .append("</dd></div>"));
        return out.append("</dl></details></section>").toString();
    }
}
