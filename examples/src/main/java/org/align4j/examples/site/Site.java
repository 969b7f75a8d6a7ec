package org.align4j.examples.site;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.machine.Version;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;
import org.align4j.core.stop.StopSignal;
import org.align4j.examples.lessons.Lesson;
import org.align4j.examples.lessons.Lessons;

/**
 * Writes the site. A link of the book to another file of the repository leads to a page with that file's text, or with the names of a folder's
 * files; where the file isn't there, as in the zip, the words stay without a link.
 */
final class Site {
    private static final String MADE = "site.json";
    private static final String INDEX = "search-index.js";
    private static final Pattern WEB = Pattern.compile("[a-z]+:.*");
    private static final Pattern LONGEST_SHOWN = Pattern.compile("(?s).{0,200000}");

    private final Path home;
    private final boolean withApi;
    private final Map<String, String> types = new TreeMap<>();
    private final Deque<String> waiting = new ArrayDeque<>();
    private final Set<String> met = new HashSet<>();
    private final Set<String> written = new TreeSet<>();
    private final SearchIndex index = new SearchIndex();
    private int apiPages;

    /**
     * Makes a site that isn't written yet.
     *
     * @param home the checkout, or the unpacked zip
     */
    Site(Path home, boolean withApi) {
        this.home = home;
        this.withApi = withApi;
    }

    /** Returns how many pages the site has. */
    int pages() {
        return (int) written.stream().filter(name -> name.endsWith(".html")).count();
    }

    int apiPages() {
        return apiPages;
    }

    /**
     * Writes the site, whole or not at all.
     *
     * @param asked a folder that is new, empty or has a site only
     * @return the first page
     */
    Path write(Path asked) throws IOException {
        Path out = OutputFile.folderBehindLinks(asked);
        requireOwn(asked, out);
        Folders.makeParent(out);
        // A stop is met between pages, and while the Javadoc is made after it: then nothing is left behind.
        StopSignal.<Boolean, IOException>keeping(() -> {
            AtomicDirectory.replace(out, this::fill);
            return true;
        });
        return asked.resolve(SiteMap.FIRST);
    }

    private static void requireOwn(Path asked, Path out) throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        if (!Files.isDirectory(out)) {
            throw new InputException(format("out is %s, which is a file; give a new or empty directory.", asked));
        }
        Path list = out.resolve(MADE);
        Set<String> own = Files.isRegularFile(list)
                ? Set.of(new ObjectMapper().readValue(list.toFile(), String[].class))
                : Set.of();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(path -> !Files.isDirectory(path)).toList()) {
                String name = out.relativize(file).toString().replace('\\', '/');
                if (!own.contains(name) && !name.equals(MADE)) {
                    throw new InputException(format(
                            "out is %s, which has %s, no file of a site of align docs; give a new or empty directory, or remove that file.",
                            asked, name));
                }
            }
        }
    }

    private void fill(Path folder) throws IOException {
        if (withApi) {
            api(folder);
        }
        SiteMap map = new SiteMap(home.resolve("docs"), types);
        meet("docs/README.md");
        for (List<SiteMap.Place> places : map.groups().values()) {
            for (SiteMap.Place place : places) {
                if (place.address().startsWith("lessons/")) {
                    continue;
                }
                meet("docs/" + place.address().replaceFirst("\\.html$", ".md"));
            }
        }
        for (Lesson lesson : Lessons.all().values()) {
            lesson(lesson, map, folder);
        }
        while (!waiting.isEmpty()) {
            StopSignal.throwIfStopped();
            page(waiting.pop(), map, folder);
        }
        finishApi(map, folder);
        put(folder, INDEX, index.script());
        put(folder, MADE, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(written) + "\n");
    }

    private void put(Path folder, String address, String text) throws IOException {
        Path file = folder.resolve(address);
        Folders.makeParent(file);
        FreshFile.write(file, text.getBytes(StandardCharsets.UTF_8));
        written.add(address);
    }

    /** Has a file of the repository on the site, where it can be shown. */
    private void meet(String path) {
        if (Files.exists(home.resolve(path)) && met.add(path)) {
            waiting.add(path);
        }
    }

    /**
     * Returns where a link leads from a page, or nothing where there is no such file.
     *
     * @param path of the file that has the link
     * @param from the address of the page that shows it
     */
    private String target(String path, String from, String link) {
        if (WEB.matcher(link).matches() || link.startsWith("#")) {
            return link;
        }
        int hash = link.indexOf('#');
        Path named = Path.of(path)
                .resolveSibling(hash < 0 ? link : link.substring(0, hash))
                .normalize();
        String to = named.toString().replace('\\', '/');
        if (to.startsWith("..") || !Files.exists(home.resolve(to))) {
            return "";
        }
        meet(to);
        return SiteMap.relative(from, Lessons.page(to) + (hash < 0 ? "" : link.substring(hash)));
    }

    private void page(String path, SiteMap map, Path folder) throws IOException {
        String address = Lessons.page(path);
        Path file = home.resolve(path);
        if (!path.endsWith(".md")) {
            String body = Files.isDirectory(file) ? listing(path, address) : source(file);
            String heading = "<h1>" + HtmlText.html(path) + "</h1>\n";
            put(folder, address, frame(map, address, path, heading + body, List.of()));
            return;
        }
        MarkdownText page = new MarkdownText(Files.readString(file));
        String body = page.html(
                link -> target(path, address, link),
                picture -> picture(file.resolveSibling(picture)),
                code -> types.containsKey(code) ? SiteMap.relative(address, types.get(code)) : "");
        index.add(address, page);
        put(folder, address, frame(map, address, page.title(), body, page.sections()));
    }

    private static String picture(Path file) {
        String type = file.toString().endsWith(".svg") ? "svg+xml" : "png";
        try {
            return "data:image/" + type + ";base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(file));
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }

    private static String source(Path file) throws IOException {
        String text = Files.readString(file);
        if (!LONGEST_SHOWN.matcher(text).matches()) {
            return "<p>This file is too long for a page; it is in the repository.</p>\n";
        }
        return file.toString().endsWith(".java")
                ? Lessons.code(text.stripTrailing())
                : "<pre>" + HtmlText.html(text.stripTrailing()) + "</pre>\n";
    }

    private String listing(String path, String from) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve(path))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> home.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.matches(".*\\.(md|java|xml|py|json|yaml|sh|txt|service)|.*/[A-Z][a-z]+file"))
                    .filter(name -> !name.contains("/target/"))
                    .sorted()
                    .map(name -> format(
                            "<li><a href=\"%s\">%s</a></li>\n",
                            target(path + "/x", from, name.substring(path.length() + 1)),
                            HtmlText.html(name.substring(path.length() + 1))))
                    .collect(Collectors.joining("", "<ul>\n", "</ul>\n"));
        }
    }

    private void lesson(Lesson lesson, SiteMap map, Path folder) throws IOException {
        String address = SiteMap.lesson(lesson);
        UnaryOperator<String> addresses = link ->
                link.matches("lessons/\\d+\\.html") ? SiteMap.relative(address, link) : target("docs/x", address, link);
        Lessons.Written page = Lessons.written(lesson, addresses);
        String notebook = address.replace(".html", ".ipynb");
        String taught = page.body();
        String hint = taught.contains("class=\"output\"")
                ? ""
                : format(
                        "<p>What this lesson prints isn't on this page: <code>./align lesson %d</code> runs it.</p>\n",
                        lesson.number());
        String body = taught.replaceFirst("</h1>\n", "</h1>\n" + hint)
                + format("<p>As a notebook: <a href=\"%s\">%1$s</a></p>\n", SiteMap.relative(address, notebook));
        index.add(address, page.title(), page.title(), text(taught));
        put(folder, address, frame(map, address, page.title(), body, List.of()));
        put(folder, notebook, page.notebook());
    }

    /** Returns the words of a lesson's page, its code left out. */
    private static String text(String html) {
        return html.replaceAll("(?s)<pre class=\"code\">.*?</pre>|<[^>]*>", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&")
                .replaceAll("\\s+", " ");
    }

    private String frame(SiteMap map, String address, String title, String body, List<MarkdownText.Section> sections)
            throws IOException {
        List<String> styles = new ArrayList<>(Lessons.styles());
        styles.add(HtmlPage.resource(Site.class, "site.css"));
        return new HtmlPage(
                        address.equals(SiteMap.FIRST) ? title : title + " · Align4J",
                        styles,
                        "<article id=\"text\"" + (address.equals(SiteMap.FIRST) ? " class=\"first\"" : "") + ">\n"
                                + body + "</article>\n" + map.turning(address),
                        "Align4J " + Version.text() + ". Made by align docs.",
                        List.of(HtmlPage.resource(Site.class, "site.js")))
                .text(map.navigation(address, sections));
    }

    private void api(Path folder) throws IOException {
        Path api = folder.resolve("api");
        Folders.make(api);
        ApiPages.write(home, api);
        try (Stream<Path> files = Files.walk(api)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                written.add(name);
                Matcher type =
                        Pattern.compile("api/(org/.*/[A-Z][\\w.]*)\\.html").matcher(name);
                if (type.matches()) {
                    types.put(type.group(1).replace('/', '.'), name);
                }
            }
        }
    }

    /** Puts the line of the site on the pages of the Javadoc, and their types into the search. */
    private void finishApi(SiteMap map, Path folder) throws IOException {
        for (String name : written.stream()
                .filter(one -> one.matches("api/.*\\.html|api/stylesheet\\.css"))
                .toList()) {
            StopSignal.throwIfStopped();
            Path file = folder.resolve(name);
            String text = Files.readString(file).replace(ApiPages.PLACE, map.line(name));
            // Java 17's pages ask for fonts that aren't there, and link to headings that have a title where an anchor
            // belongs.
            if (name.endsWith("/constant-values.html")) {
                text = text.replaceAll("<h2 title=\"([^\"]*)\">", "<h2 id=\"$1\">");
            }
            text = text.replaceFirst("@import url\\('resources/fonts/dejavu\\.css'\\);", "");
            FreshFile.write(file, text.getBytes(StandardCharsets.UTF_8));
            apiPages += name.endsWith(".html") ? 1 : 0;
        }
        types.forEach((type, address) -> index.add(
                address,
                "Java API",
                type.substring(type.lastIndexOf('.') + 1),
                type.substring(0, type.lastIndexOf('.'))));
    }
}
