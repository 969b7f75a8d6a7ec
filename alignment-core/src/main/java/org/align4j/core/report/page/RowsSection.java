package org.align4j.core.report.page;

import static org.align4j.core.report.page.HtmlText.html;
import static org.align4j.core.report.page.HtmlText.section;
import static org.align4j.core.report.page.HtmlText.wide;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.report.RowsReport;

/** The part of the page that tells which rows were read, used and dropped. */
final class RowsSection {
    private RowsSection() {}

    static String of(RowsReport report) {
        StringBuilder out =
                new StringBuilder("<table class=\"figures\"><thead><tr><th>Rows</th><th>read</th><th>used</th>"
                        + "<th>dropped</th><th class=\"text\">reasons</th></tr></thead><tbody>");
        for (RowsReport.RowSet set : report.sets()) {
            out.append("<tr><th scope=\"row\">")
                    .append(html(setName(set.name())))
                    .append("<small>")
                    .append(html(String.join(", ", set.files())))
                    .append("</small></th><td>")
                    .append(Wording.count(set.read()))
                    .append("</td><td>")
                    .append(Wording.count(set.used()))
                    .append("</td><td>")
                    .append(Wording.count(set.read() - set.used()))
                    .append("</td><td class=\"text muted\">")
                    .append(html(reasons(set)))
                    .append("</td></tr>");
        }
        out = new StringBuilder(wide(out.append("</tbody></table>").toString()));
        for (String note : report.notes()) {
            out.append("<p class=\"muted\">").append(html(note)).append("</p>");
        }
        return section("What was read", out.toString());
    }

    private static String setName(String name) {
        return switch (name) {
            case "train" -> "Training";
            case "eval" -> "Evaluation";
            case "guard" -> "General text";
            default -> name;
        };
    }

    private static String reasons(RowsReport.RowSet set) {
        List<String> reasons = new ArrayList<>();
        set.dropped().forEach((reason, rows) -> reasons.add(reason + " (" + Wording.count(rows) + ")"));
        return reasons.isEmpty() ? "–" : String.join(", ", reasons);
    }
}
