package org.align4j.core.doctor.report;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.html.HtmlEscapers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.VisibleText;

/** The frame of the doctor's page, and how text and figures are written on it. */
final class PageHtml {
    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");

    private PageHtml() {}

    static String page(String title, String body) throws IOException {
        Map<String, String> parts = Map.of(
                "title", escape(title), "style", resource("page.css"), "body", body, "script", resource("page.js"));
        return PLACE.matcher(resource("page.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.getOrDefault(place.group(1), "")));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = PageHtml.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("The program's own file " + name + " is missing; build it again.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Text in which nothing is a tag; what would turn its direction around is shown as its number. */
    static String escape(String text) {
        return HtmlEscapers.htmlEscaper().escape(VisibleText.of(text));
    }

    /** A figure as people read it. */
    static String value(Object value) {
        if (value instanceof Double number) {
            return format("%.3f", number);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(PageHtml::value).collect(Collectors.joining(" to "));
        }
        if (value instanceof Map<?, ?> map) {
            return map.containsKey("auc") ? "AUC " + value(map.get("auc")) : String.valueOf(map);
        }
        return String.valueOf(value);
    }

    /** A number without needless zeros: 0.5, 5. */
    static String plain(double number) {
        return format("%.1f", number).replaceFirst("\\.0$", "");
    }
}
