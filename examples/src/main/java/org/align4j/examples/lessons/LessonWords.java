package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.cli.Home;
import org.align4j.core.page.HtmlText;

/**
 * Where the links of a lesson's own page lead: a word of docs/concepts.md to its definition, which the page has folded, and other pages of the book
 * to those of the site, where it lies. A link that leads nowhere is words alone.
 */
final class LessonWords {
    /** The page's rules for definitions: one is shown while its word is the page's target. */
    static final String STYLE =
            "aside.word { display: none; } aside.word:target { display: block; position: fixed; z-index: 2; left: 1rem; right: 1rem; bottom: 1rem; max-width: 44rem; max-height: 60vh;"
                    + " overflow: auto; margin: 0 auto; padding: .2rem 2.6rem .2rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 6px 24px rgb(0 0 0 / .18); }"
                    + " aside.word > a { position: absolute; right: .7rem; top: .5rem; text-decoration: none; font-size: 1.2rem; }";

    private static final String CONCEPTS = "concepts.md#";
    private static final String WORD = "word-";
    private static final Pattern SECTION = Pattern.compile("(?m)^### ");

    private final Path folder;
    private final Path site;
    private final Map<String, String[]> concepts = new HashMap<>();
    private final Set<String> used = new LinkedHashSet<>();

    /**
     * Reads the words.
     *
     * @param folder of the page
     * @param site where {@code align docs} made one; need not be there
     */
    LessonWords(Path folder, Path site) throws IOException {
        this.folder = folder.toAbsolutePath().normalize();
        this.site = site.toAbsolutePath().normalize();
        Path file = Home.resolve("docs").resolve("concepts.md");
        if (Files.isRegularFile(file)) {
            SECTION.splitAsStream(Files.readString(file)).skip(1).forEach(section -> {
                String heading = section.lines().findFirst().orElse("");
                String first = Splitter.on("\n\n").splitToList(section).get(0);
                concepts.put(anchor(heading), new String[] {heading, first.substring(heading.length())});
            });
        }
    }

    /** Returns the anchor of a heading, as docs/concepts.md is linked to. */
    private static String anchor(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{M}\\p{N}\\p{Pc} -]", "")
                .replace(' ', '-');
    }

    /** Makes a link, as a page in docs would have it, into an address from the page; empty where it leads nowhere. */
    String address(String link) {
        String word = link.startsWith(CONCEPTS) ? link.substring(CONCEPTS.length()) : "";
        if (!concepts.containsKey(word)) {
            return ofSite(link);
        }
        used.add(word);
        return "#" + WORD + word;
    }

    /** Makes a link into an address that holds outside the page, too. */
    String ofSite(String link) {
        if (link.contains("://") || link.startsWith("#")) {
            return link;
        }
        String file = link.replaceFirst("#.*", "");
        String path = Path.of("docs").resolve(file).normalize().toString().replace('\\', '/');
        Path page = site.resolve(Lessons.page(path));
        return Files.isRegularFile(page)
                ? folder.relativize(page).toString().replace('\\', '/').replace(" ", "%20")
                        + link.substring(file.length())
                : "";
    }

    /** Writes the definitions of the words that links lead to, and of those that these lead to. */
    String definitions() {
        StringBuilder html = new StringBuilder();
        Set<String> written = new LinkedHashSet<>();
        for (Deque<String> left = new ArrayDeque<>(used); !left.isEmpty(); ) {
            String word = left.removeFirst();
            String[] concept = concepts.get(word);
            if (concept != null && written.add(word)) {
                html.append(format(
                        "<aside class=\"word\" id=\"%s\"><a href=\"#close\" aria-label=\"Close\">×</a>\n<h3>%s</h3>\n%s</aside>\n",
                        WORD + word, HtmlText.html(concept[0]), LessonProse.html(concept[1], this::address)));
                left.addAll(used);
            }
        }
        return html.toString();
    }
}
