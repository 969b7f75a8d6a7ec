package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;
import org.align4j.core.report.ReportFiles.RowsReport;

/** The part of the page that tells which rows were read, used and dropped. */
final class RowsSection {
    private RowsSection() {}

    static String of(RowsReport report) {
        HtmlTable table =
                new HtmlTable("Rows").figures("read", "used", "dropped").words("reasons");
        for (RowsReport.RowSet set : report.sets()) {
            table.row(
                    html(setName(set.name())) + "<small>" + html(String.join(", ", set.files())) + "</small>",
                    Wording.count(set.read()),
                    Wording.count(set.used()),
                    Wording.count(set.read() - set.used()),
                    html(reasons(set)));
        }
        StringBuilder out = new StringBuilder(table.html());
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
