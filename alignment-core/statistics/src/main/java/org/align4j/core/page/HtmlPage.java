package org.align4j.core.page;

import static org.align4j.core.page.HtmlText.html;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that is one HTML file and loads nothing, which its content policy forbids; it runs the scripts whose hashes the policy has and, on a
 * page with a navigation, what those load. Colours by day and night, type and tables are the same on every page; a page adds rules and scripts
 * of its own.
 *
 * @param title as text
 * @param styles rules that follow those of every page
 * @param body as HTML
 * @param footer as text
 * @param scripts each an element of its own, in order
 */
public record HtmlPage(String title, List<String> styles, String body, String footer, List<String> scripts) {
    /** Elements that hold texts of any language: each takes the direction of its first letter, so that Arabic or Hebrew begins at the right. */
    private static final Pattern TEXTS = Pattern.compile("<(p|bdi|blockquote|q|li|summary|h3|h4)(?=[ >])");

    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");
    private static final Pattern LINE_END = Pattern.compile("\\r\\n?");

    public HtmlPage {
        styles = List.copyOf(styles);
        scripts = List.copyOf(scripts);
    }

    /** Returns the whole file's text. */
    public String text() throws IOException {
        return text("", "");
    }

    /**
     * Returns the text of a file of several that belong together: its scripts may load others, such as an index that is beside the page.
     *
     * @param navigation as HTML, before the body
     */
    public String text(String navigation) throws IOException {
        return text(navigation, " 'strict-dynamic'");
    }

    private String text(String navigation, String trust) throws IOException {
        StringBuilder elements = new StringBuilder();
        List<String> hashes = new ArrayList<>();
        for (String script : scripts) {
            // A browser reads every line end as \n, and hashes what it read.
            String content = "\n" + LINE_END.matcher(script).replaceAll("\n").replace("</script", "<\\/script") + "\n";
            elements.append("<script>").append(content).append("</script>\n");
            hashes.add(hash(content));
        }
        Map<String, String> parts = Map.of(
                "title", html(title),
                "base", resource(HtmlPage.class, "base.css"),
                "style", String.join("\n", styles),
                "body", directed(body),
                "footer", html(footer),
                "hashes", hashes.isEmpty() ? "'none'" : String.join(" ", hashes) + trust,
                "navigation", navigation,
                "scripts", elements.toString());
        return PLACE.matcher(resource(HtmlPage.class, "page.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.getOrDefault(place.group(1), "")));
    }

    /** Returns HTML whose texts of any language take the direction of their first letter. */
    public static String directed(String body) {
        return TEXTS.matcher(body).replaceAll("<$1 dir=\"auto\"");
    }

    /** A script's hash as a content policy has it. */
    private static String hash(String content) {
        byte[] digest =
                Hashing.sha256().hashString(content, StandardCharsets.UTF_8).asBytes();
        return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    }

    /**
     * Reads a text that the program carries, such as a script.
     *
     * @param owner the class that it lies next to
     * @param name of the file, from the root where it begins with a slash
     */
    public static String resource(Class<?> owner, String name) throws IOException {
        try (InputStream in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("The program's own file " + name + " is missing; build it again.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
