package org.align4j.examples.site;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.page.HtmlText;

/** What the search of the site looks through: each section of a page, as a script that a page from a disk can load too. */
final class SearchIndex {
    private final List<List<String>> entries = new ArrayList<>();

    /**
     * Adds a section.
     *
     * @param address from the site's folder, with the anchor
     * @param page the page's title
     * @param heading of the section; that of the page for its beginning
     * @param text below the heading
     */
    void add(String address, String page, String heading, String text) {
        entries.add(List.of(address, page, heading, text));
    }

    /** Adds the sections of a page. */
    void add(String address, MarkdownText page) {
        for (MarkdownText.Section section : page.sections()) {
            String anchor = section.level() == 1 || section.anchor().isEmpty() ? "" : "#" + section.anchor();
            add(address + anchor, page.title(), section.heading(), section.text());
        }
    }

    /** Returns the text of the script. */
    String script() throws IOException {
        return "window.align4jIndex = " + HtmlText.inScript(new ObjectMapper().writeValueAsString(entries)) + ";\n";
    }
}
