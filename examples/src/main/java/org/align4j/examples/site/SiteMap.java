package org.align4j.examples.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.page.HtmlText;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.Lessons;
import org.commonmark.node.Link;

/**
 * The pages that the navigation of the site has, in their groups: the headings of docs/README.md are the groups, and what the first columns of
 * its tables link to are their pages. The lessons have a group of their own behind the one with docs/lessons.md.
 */
final class SiteMap {
    /** The first page, from the site's folder. */
    static final String FIRST = "index.html";

    private static final String LESSONS = "Lessons";
    private static final String API = "api/index.html";

    private final Map<String, List<Place>> groups = new LinkedHashMap<>();

    /**
     * A page in the navigation.
     *
     * @param address from the site's folder
     * @param label what the navigation says
     */
    record Place(String address, String label) {}

    /**
     * Reads the table of contents.
     *
     * @param docs the folder of the book
     * @param types the addresses of the Javadoc's types by name; empty for a site without
     */
    SiteMap(Path docs, Map<String, String> types) throws IOException {
        MarkdownText contents = new MarkdownText(Files.readString(docs.resolve("README.md")));
        for (MarkdownText.Entry table : contents.entries()) {
            if (table.links().isEmpty()) {
                continue; // of figures, not of pages
            }
            List<Place> places = groups.computeIfAbsent(table.heading(), heading -> new ArrayList<>());
            boolean lessons = false;
            for (Link link : table.links()) {
                places.add(new Place(page(link.getDestination()), capital(MarkdownText.text(link))));
                lessons |= link.getDestination().equals("lessons.md");
            }
            if (lessons) {
                groups.put(LESSONS, lessons());
            }
        }
        if (!types.isEmpty()) {
            groups.put("Java API", api(docs, types));
        }
    }

    private static List<Place> lessons() {
        List<Place> places = new ArrayList<>();
        for (Lesson lesson : Lessons.all().values()) {
            places.add(new Place(lesson(lesson), lesson.number() + ". " + lesson.title()));
        }
        return places;
    }

    /** Returns the address of a lesson's page. */
    static String lesson(Lesson lesson) {
        return Lessons.address(lesson);
    }

    private static List<Place> api(Path docs, Map<String, String> types) throws IOException {
        List<Place> places = new ArrayList<>(List.of(new Place(API, "All packages")));
        String library = Files.readString(docs.resolve("library.md"));
        types.forEach((type, address) -> {
            if (library.contains("| `" + type + "` |")) {
                places.add(new Place(address, type.substring(type.lastIndexOf('.') + 1)));
            }
        });
        return places;
    }

    /** Returns the address of a page of the book, which its name in the folder docs gives. */
    static String page(String name) {
        return name.equals("README.md") ? FIRST : name.replaceFirst("\\.md$", ".html");
    }

    private static String capital(String label) {
        return label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
    }

    Map<String, List<Place>> groups() {
        return groups;
    }

    /** Returns the address of another page as a page writes it. */
    static String relative(String from, String to) {
        Path folder = Path.of(from).getParent();
        int hash = to.indexOf('#');
        String file = hash < 0 ? to : to.substring(0, hash);
        String way = folder == null
                ? file
                : folder.relativize(Path.of(file)).toString().replace('\\', '/');
        return way.replace(" ", "%20") + (hash < 0 ? "" : to.substring(hash));
    }

    /**
     * Writes the navigation of a page.
     *
     * @param address of the page
     * @param sections of the page, which are listed below its name
     */
    String navigation(String address, List<MarkdownText.Section> sections) {
        String root = relative(address, FIRST).replaceFirst("index\\.html$", "");
        StringBuilder out = new StringBuilder(
                "<a class=\"skip\" href=\"#text\">To the text</a>\n<nav class=\"site\" data-root=\"" + root
                        + "\" aria-label=\"Pages\">\n<input type=\"checkbox\" id=\"menu\"><label for=\"menu\">Menu</label>\n<a class=\"name\" href=\""
                        + relative(address, FIRST) + "\"" + (address.equals(FIRST) ? " aria-current=\"page\"" : "")
                        + ">Align4J</a>\n<div class=\"search\"></div>\n<div class=\"groups\">\n");
        groups.forEach((heading, places) -> {
            boolean open = places.stream().anyMatch(place -> place.address().equals(address))
                    || (address.equals(FIRST) && out.indexOf("<details") < 0);
            out.append("<details")
                    .append(open ? " open" : "")
                    .append("><summary>")
                    .append(HtmlText.html(heading))
                    .append("</summary><ul>\n");
            for (Place place : places) {
                boolean here = place.address().equals(address);
                out.append("<li>").append(link(address, place, here ? " aria-current=\"page\"" : ""));
                out.append(here ? below(sections) : "").append("</li>\n");
            }
            out.append("</ul></details>\n");
        });
        return out.append("</div>\n</nav>\n").toString();
    }

    private static String below(List<MarkdownText.Section> sections) {
        StringBuilder list = new StringBuilder();
        for (MarkdownText.Section section : sections) {
            if (section.level() == 2) {
                list.append("<li><a href=\"#")
                        .append(HtmlText.html(section.anchor()))
                        .append("\">");
                list.append(HtmlText.html(section.heading())).append("</a></li>");
            }
        }
        return list.isEmpty() ? "" : "<ul>" + list + "</ul>";
    }

    private static String link(String from, Place to, String attributes) {
        return "<a href=\"" + HtmlText.html(relative(from, to.address())) + "\"" + attributes + ">"
                + HtmlText.html(to.label()) + "</a>";
    }

    /** Writes the links to the pages before and after one; empty for a page that the navigation doesn't have. */
    String turning(String address) {
        List<Place> all = new ArrayList<>(List.of(new Place(FIRST, "The book")));
        groups.values().forEach(all::addAll);
        int at = all.stream().map(Place::address).toList().indexOf(address);
        if (at < 0) {
            return "";
        }
        String before = at == 0 ? "" : link(address, all.get(at - 1), " rel=\"prev\"");
        String after = at == all.size() - 1 ? "" : link(address, all.get(at + 1), " rel=\"next\"");
        return "<nav class=\"turn\" aria-label=\"Previous and next page\">" + before + after + "</nav>\n";
    }

    /** Writes the line of a page of the Javadoc that leads to the groups of the site. */
    String line(String address) {
        StringBuilder out = new StringBuilder("<div id=\"align4j-site\">");
        out.append(link(address, new Place(FIRST, "Align4J"), ""));
        groups.forEach((heading, places) -> out.append(' ')
                .append(link(
                        address,
                        new Place(places.get(0).address(), heading),
                        places.get(0).address().equals(API) ? " aria-current=\"true\"" : "")));
        return out.append("</div>").toString();
    }
}
