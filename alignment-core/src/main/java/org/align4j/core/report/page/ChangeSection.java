package org.align4j.core.report.page;

import static org.align4j.core.report.page.HtmlText.html;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The part of the page that tells what was changed in a run while it was under way, as manifest.json records it. */
final class ChangeSection {
    private static final Set<String> SHOWN_ELSEWHERE = Set.of("options", "changes", "extensions");

    private ChangeSection() {}

    /** Empty for a run that is still what it was begun as. */
    static String of(RunView run) {
        List<Map<?, ?>> changes = new ArrayList<>(entries(run, "changes"));
        changes.addAll(entries(run, "extensions"));
        if (changes.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<p>From these steps on the run went on with other settings than it was"
                + " begun with; its figures are not those of one setting.</p>");
        StringBuilder table =
                new StringBuilder("<table class=\"figures\"><thead><tr><th>Changed</th><th>after step</th>"
                        + "<th>before</th><th>since</th><th class=\"text\">when</th></tr></thead><tbody>");
        for (Map<?, ?> change : changes) {
            table.append("<tr><th scope=\"row\">")
                    .append(text(change, "name"))
                    .append("</th><td>")
                    .append(text(change, "step"))
                    .append("</td><td>")
                    .append(text(change, "before"))
                    .append("</td><td>")
                    .append(text(change, "after"))
                    .append("</td><td class=\"text muted\">")
                    .append(text(change, "time"))
                    .append("</td></tr>");
        }
        out.append(HtmlText.wide(table.append("</tbody></table>").toString()));
        return HtmlText.section("Changed on the way", out.toString());
    }

    /** The manifest without what the page shows in other places. */
    static Map<String, Object> rest(Map<String, Object> manifest) {
        Map<String, Object> rest = new LinkedHashMap<>(manifest);
        rest.keySet().removeAll(SHOWN_ELSEWHERE);
        return rest;
    }

    private static List<Map<?, ?>> entries(RunView run, String name) {
        List<Map<?, ?>> entries = new ArrayList<>();
        if (run.manifest().get(name) instanceof List<?> list) {
            list.forEach(entry -> {
                if (entry instanceof Map<?, ?> change) {
                    entries.add(change);
                }
            });
        }
        return entries;
    }

    private static String text(Map<?, ?> change, String key) {
        return html(Details.text(change.get(key)));
    }
}
