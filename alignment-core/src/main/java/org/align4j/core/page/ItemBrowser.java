package org.align4j.core.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.error.VisibleText;

/**
 * A list of prompts with what was said to them, to search and to filter. The texts are in the page as one block of JSON and become
 * elements when they come into view, so that thousands of long answers don't slow the page down; they are put there as text alone.
 */
public final class ItemBrowser {
    private static final JsonMapper JSON = new JsonMapper();

    private final String noun;
    private final List<String> facets;
    private final List<String> marks;
    private final List<Preset> presets = new ArrayList<>();
    private final List<BrowsedItem> items = new ArrayList<>();

    /**
     * A choice of filters with a name.
     *
     * @param label as text
     * @param chosen the value of some facets and columns of marks, by their name; pages list them by name, in every process alike
     * @param clearestFirst whether the clearest marks stand first
     */
    public record Preset(String label, Map<String, String> chosen, boolean clearestFirst) {
        public Preset {
            chosen = ImmutableSortedMap.copyOf(chosen);
        }
    }

    /**
     * Begins a list.
     *
     * @param noun what one of the items is, in the singular, such as {@code prompt}
     * @param facets names of what an item has one value of, such as its tag
     * @param marks names of the columns of the marks of which an item may have several, such as who judged it and how; an item is
     *     found where one of its marks has all chosen values
     */
    public ItemBrowser(String noun, List<String> facets, List<String> marks) {
        this.noun = noun;
        this.facets = List.copyOf(facets);
        this.marks = List.copyOf(marks);
    }

    /** Adds an item. */
    public ItemBrowser add(BrowsedItem item) {
        if (item.facets().size() != facets.size()
                || item.marks().stream().anyMatch(mark -> mark.values().size() != marks.size())) {
            throw new IllegalArgumentException("The item " + item.heading() + " doesn't have the facets " + facets
                    + " and the columns " + marks + ".");
        }
        items.add(item);
        return this;
    }

    /** Adds a preset. */
    public ItemBrowser add(Preset preset) {
        presets.add(preset);
        return this;
    }

    /**
     * Returns the part of the page as HTML.
     *
     * @param title as text
     * @param noScript what to tell people whose browser runs no script, as text
     */
    public String html(String title, String noScript) {
        StringBuilder controls =
                new StringBuilder("<form class=\"controls\" role=\"search\"><label class=\"sought\">Search"
                        + "<input type=\"search\" name=\"sought\" autocomplete=\"off\" placeholder=\"words of a prompt or an answer\">"
                        + "</label>");
        for (int i = 0; i < facets.size(); i++) {
            int at = i;
            append(
                    controls,
                    "facet" + i,
                    facets.get(i),
                    item -> List.of(item.facets().get(at)));
        }
        for (int i = 0; i < marks.size(); i++) {
            int at = i;
            append(
                    controls,
                    "mark" + i,
                    marks.get(i),
                    item -> item.marks().stream()
                            .map(mark -> mark.values().get(at))
                            .toList());
        }
        controls.append("<label class=\"check\"><input type=\"checkbox\" name=\"clearest\">Clearest first</label>");
        controls.append("<div class=\"presets\">");
        List<Preset> useful = useful();
        for (int i = 0; i < useful.size(); i++) {
            controls.append("<button type=\"button\" data-preset=\"")
                    .append(i)
                    .append("\">")
                    .append(HtmlText.html(useful.get(i).label()))
                    .append("</button>");
        }
        controls.append("<button type=\"reset\">Show all</button></div></form>");
        return HtmlText.section(
                title,
                controls + "<p class=\"muted\" id=\"found\" role=\"status\"></p><div id=\"items\"></div>"
                        + "<p><button type=\"button\" id=\"more\" hidden></button></p><noscript><p class=\"empty\">"
                        + HtmlText.html(noScript)
                        + "</p></noscript>");
    }

    /** Returns the script that shows the list, with the texts in it. */
    public String script() throws IOException {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("noun", noun);
        data.put("facets", facets);
        data.put("marks", marks);
        data.put("presets", useful());
        data.put("items", items.stream().map(BrowsedItem::visible).toList());
        try {
            return "const BROWSED = JSON.parse("
                    + HtmlText.inScript(JSON.writeValueAsString(JSON.writeValueAsString(data))) + ");\n"
                    + HtmlPage.resource(ItemBrowser.class, "browser.js");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the items are no JSON", e);
        }
    }

    /** Returns the rules that the list is drawn by. */
    public static String style() throws IOException {
        return HtmlPage.resource(ItemBrowser.class, "browser.css");
    }

    private interface Values {
        List<String> of(BrowsedItem item);
    }

    /** Adds a filter; one that all items pass is none. */
    private void append(StringBuilder out, String id, String name, Values values) {
        Set<String> all = new LinkedHashSet<>();
        items.forEach(item -> all.addAll(values.of(item)));
        boolean parts = all.size() > 1;
        all.remove("");
        if (!parts) {
            return;
        }
        out.append("<label>")
                .append(HtmlText.html(name))
                .append("<select name=\"")
                .append(id)
                .append("\"><option value=\"\">any</option>");
        for (String value : all) {
            String text = HtmlText.html(value);
            out.append("<option value=\"")
                    .append(text)
                    .append("\">")
                    .append(text)
                    .append("</option>");
        }
        out.append("</select></label>");
    }

    /** Presets that find something: for those all that is chosen can be chosen. */
    private List<Preset> useful() {
        return presets.stream()
                .filter(preset -> items.stream().anyMatch(item -> isFound(item, preset.chosen)))
                .toList();
    }

    private boolean isFound(BrowsedItem item, Map<String, String> chosen) {
        boolean marked = marks.stream().noneMatch(chosen::containsKey)
                || item.marks().stream().anyMatch(mark -> fits(marks, mark.values(), chosen));
        return marked && fits(facets, item.facets(), chosen);
    }

    private static boolean fits(List<String> names, List<String> values, Map<String, String> chosen) {
        return IntStream.range(0, names.size())
                .allMatch(i -> chosen.getOrDefault(names.get(i), values.get(i)).equals(values.get(i)));
    }

    /**
     * A prompt with what was said to it, as {@link ItemBrowser} shows it; all of it is text.
     *
     * @param heading where it stands, such as its row
     * @param prompt what was asked
     * @param sides what was said to it, side by side
     * @param notes sentences below
     * @param facets a value of each facet; empty for none
     * @param marks what else it is found by
     */
    public record BrowsedItem(
            String heading,
            String prompt,
            List<Side> sides,
            List<String> notes,
            List<String> facets,
            List<Mark> marks) {
        public BrowsedItem {
            sides = List.copyOf(sides);
            notes = List.copyOf(notes);
            facets = List.copyOf(facets);
            marks = List.copyOf(marks);
        }

        /**
         * Holds one of the answers that an item shows.
         *
         * @param title who said it
         * @param text what was said
         * @param note a remark after the title, such as its length
         * @param tone {@code good}, {@code bad} or empty: how the side is marked, besides what its note says
         */
        public record Side(String title, String text, String note, String tone) {}

        /**
         * Holds what somebody said of the item.
         *
         * @param values one for each column of marks; empty for none
         * @param clarity how clearly, from 0 to 1
         */
        public record Mark(List<String> values, double clarity) {
            public Mark {
                values = List.copyOf(values);
            }
        }

        /** Returns the item with every character shown that would hide, move or turn text around. */
        BrowsedItem visible() {
            return new BrowsedItem(
                    VisibleText.of(heading),
                    VisibleText.of(prompt),
                    sides.stream()
                            .map(side -> new Side(
                                    VisibleText.of(side.title),
                                    VisibleText.of(side.text),
                                    VisibleText.of(side.note),
                                    side.tone))
                            .toList(),
                    notes.stream().map(VisibleText::of).toList(),
                    facets.stream().map(VisibleText::of).toList(),
                    marks.stream()
                            .map(mark -> new Mark(
                                    mark.values.stream().map(VisibleText::of).toList(), mark.clarity))
                            .toList());
        }
    }
}
