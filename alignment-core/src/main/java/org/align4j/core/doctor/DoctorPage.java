package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Measure;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogPlaces;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.page.HtmlPage;
import org.jspecify.annotations.Nullable;

/** The page for people: the verdict first, every check with its figure, then what was found with examples to search. */
record DoctorPage(Examination examination, List<String> files) {
    private static final String NOTHING = "\u2013";
    /** The cell of words among those of figures. */
    private static final int WORDS = 2;

    /**
     * The page as HTML that loads nothing.
     *
     * @param files the names of the files that were examined
     */
    static String of(Examination examination, List<String> files) throws IOException {
        return new HtmlPage(
                        String.join(", ", files) + " – Align4J doctor",
                        List.of(HtmlPage.resource(DoctorPage.class, "page.css")),
                        new DoctorPage(examination, files).body(),
                        "align doctor. Every row of every finding: findings.jsonl; the figures: doctor.json. E-mail addresses, numbers"
                                + " and keys are masked.",
                        List.of(HtmlPage.resource(DoctorPage.class, "page.js")))
                .text();
    }

    private String body() {
        StringBuilder out = new StringBuilder();
        Level verdict = examination.verdict();
        out.append(format("<h1 class=\"%s\">%s</h1>\n", verdict.label(), html(sentence(verdict))));
        out.append(format(
                "<p class=\"muted\">%,d rows of %s, %d checks</p>\n",
                examination.rows(),
                html(String.join(", ", files)),
                examination.findings().size()));
        out.append(overview());
        List<Finding> told =
                worst().filter(finding -> finding.level() != Level.GREEN).toList();
        if (told.stream().anyMatch(finding -> !finding.sightings().isEmpty())) {
            out.append("<section><label for=\"search\" class=\"muted\">Search the examples</label>"
                    + "<input id=\"search\" type=\"search\" placeholder=\"a word, a file, a line\" autocomplete=\"off\">"
                    + "<p class=\"muted\" id=\"found\"></p></section>\n");
        }
        told.forEach(finding -> out.append(section(finding)));
        worst().filter(finding ->
                        finding.level() == Level.GREEN && !finding.figures().isEmpty())
                .forEach(finding -> out.append(section(finding)));
        return out.toString();
    }

    private String sentence(Level verdict) {
        long red = examination.findings().stream()
                .filter(f -> f.level() == Level.RED)
                .count();
        long amber = examination.findings().stream()
                .filter(f -> f.level() == Level.AMBER)
                .count();
        String worth = amber == 1 ? "one thing is worth a look" : amber + " things are worth a look";
        return switch (verdict) {
            case GREEN -> "Nothing prevents training on this data.";
            case AMBER -> "This data can be trained on; " + worth + ".";
            case RED ->
                (red == 1 ? "One thing" : red + " things") + " should be fixed before training"
                        + (amber == 0 ? "." : "; " + worth + ".");
        };
    }

    private Stream<Finding> worst() {
        return examination.findings().stream()
                .sorted(Comparator.comparing(Finding::level).reversed());
    }

    private String overview() {
        return worst().map(DoctorPage::row)
                .collect(Collectors.joining(
                        "",
                        "<section class=\"wide\"><table><thead><tr><th>check</th><th>level</th><th class=\"figure\">looked at</th>"
                                + "<th class=\"figure\">found in</th><th>what is measured</th><th class=\"figure\">value</th>"
                                + "<th class=\"figure\">95 % interval</th><th class=\"figure\">amber from</th>"
                                + "<th class=\"figure\">red from</th><th>scale</th></tr></thead><tbody>\n",
                        "</tbody></table></section>\n"));
    }

    private static String row(Finding finding) {
        String name = finding.level() == Level.GREEN && finding.figures().isEmpty()
                ? html(finding.id())
                : format("<a href=\"#%s\">%s</a>", finding.id(), finding.id());
        Measure measure = finding.measure();
        boolean counts = measure.isShare() && measure != Measure.AUC;
        String value = finding.isTold()
                ? measure.text(finding.rate())
                : "can't be estimated; at most " + measure.text(finding.rate());
        String interval = finding.interval() == null || !finding.isTold() ? NOTHING : measure.text(finding.interval());
        List<String> figures = List.of(
                format("%,d", finding.rows()),
                counts ? format("%,d", finding.count()) : NOTHING,
                measure.words(),
                value,
                interval);
        StringBuilder cells = new StringBuilder();
        for (int cell = 0; cell < figures.size(); cell++) {
            cells.append(format("<td%s>%s</td>", cell == WORDS ? "" : " class=\"figure\"", html(figures.get(cell))));
        }
        return format(
                "<tr><td>%s</td><td class=\"level %s\">%s</td>%s%s%s<td>%s</td></tr>\n",
                name,
                finding.level().label(),
                finding.level().label(),
                cells,
                bound(finding, finding.threshold().amber()),
                bound(finding, finding.threshold().red()),
                finding.isTold() ? RateBar.of(finding) : "");
    }

    /** A threshold as a cell: from which value on, below which for what must not be few, or how far from the middle. */
    private static String bound(Finding finding, @Nullable Double bound) {
        Measure measure = finding.measure();
        double middle = finding.threshold().middle();
        String text = NOTHING;
        if (bound != null && bound == 0) {
            text = "any";
        } else if (bound != null && middle != 0) {
            text = measure.bound(middle - bound) + ", " + measure.bound(middle + bound);
        } else if (bound != null) {
            text = (measure == Measure.ROW_COUNT ? "below " : "") + measure.bound(bound);
        }
        return "<td class=\"figure\">" + html(text) + "</td>";
    }

    private String section(Finding finding) {
        StringBuilder out = new StringBuilder();
        out.append(format(
                "<section class=\"finding %s\" id=\"%s\"><h2>%s</h2><p><span class=\"level %s\">%s</span> \u00b7 %s</p><p>%s</p>\n",
                finding.level().label(),
                finding.id(),
                finding.id(),
                finding.level().label(),
                finding.level().label(),
                html(finding.said()),
                html(finding.advice())));
        finding.figures().forEach((name, value) -> out.append(figure(name, value)));
        if (!finding.sightings().isEmpty()) {
            List<Sighting> shown =
                    finding.sightings().stream().limit(Examination.EXAMPLES).toList();
            out.append(format(
                    "<details%s><summary>%s</summary>\n",
                    finding.level() == Level.RED ? " open" : "",
                    rows(shown.size(), finding.removable().isEmpty() ? shown.size() : finding.count())));
            shown.forEach(sighting -> out.append(example(sighting)));
            out.append("</details>");
        }
        return out.append("</section>\n").toString();
    }

    private static String rows(int shown, long all) {
        if (shown < all) {
            return format("%d of %,d rows", shown, all);
        }
        return all == 1 ? "1 row" : all + " rows";
    }

    private static String figure(String name, Object value) {
        String title = html(name.replace('_', ' '));
        if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map<?, ?> first) {
            StringBuilder table = new StringBuilder("<div class=\"wide\"><table><thead><tr>");
            first.keySet().forEach(key -> table.append(format("<th>%s</th>", html(String.valueOf(key)))));
            table.append("</tr></thead><tbody>");
            for (Object line : list) {
                table.append("<tr>");
                ((Map<?, ?>) line).values().forEach(cell -> table.append(format("<td>%s</td>", html(value(cell)))));
                table.append("</tr>");
            }
            return table.append("</tbody></table></div>").toString();
        }
        if (value instanceof Map<?, ?> map) {
            String pairs = map.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + value(entry.getValue()))
                    .collect(Collectors.joining(" \u00b7 "));
            return format("<p class=\"muted\">%s: %s</p>", title, html(pairs));
        }
        return format("<p class=\"muted\">%s: %s</p>", title, html(value(value)));
    }

    /** Formats a figure for people. */
    private static String value(Object value) {
        if (value instanceof Double number) {
            return format("%.3f", number);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(DoctorPage::value).collect(Collectors.joining(" to "));
        }
        if (value instanceof Map<?, ?> map) {
            return map.containsKey("auc") ? "AUC " + value(map.get("auc")) : String.valueOf(map);
        }
        return String.valueOf(value);
    }

    private String example(Sighting sighting) {
        Texts own = examination.excerpts().get(sighting.row());
        Texts other = examination.excerpts().get(sighting.other());
        String note = sighting.note() == null ? "" : " <span>" + html(Secrets.mask(sighting.note())) + "</span>";
        return format(
                "<div class=\"example\"><h3>%s%s</h3><div class=\"sides\">%s%s</div></div>\n",
                html(place(sighting.row())),
                note,
                own == null ? "" : side("", own),
                other == null ? "" : side(place(sighting.other()), other));
    }

    private static String side(String title, Texts texts) {
        return format(
                "<div>%s%s%s%s</div>",
                title.isEmpty() ? "" : format("<h4>%s</h4>", html(title)),
                text("prompt", texts.prompt()),
                text("chosen", texts.chosen()),
                text("rejected", texts.rejected()));
    }

    private static String text(String name, @Nullable String text) {
        return text == null || text.isEmpty()
                ? ""
                : format("<p class=\"text\"><b>%s</b> <bdi>%s</bdi></p>", name, html(text));
    }

    private String place(int row) {
        LogPlaces.Place place = examination.places().of(row);
        return place.file() + ":" + place.line();
    }
}
