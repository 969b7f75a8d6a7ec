package org.align4j.desk.frontier;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.group.SeededMean;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.CurveDrawing;
import org.align4j.core.page.CurveDrawing.Curve;
import org.align4j.core.page.CurveDrawing.Point;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.report.RunGroup;
import org.align4j.core.run.Run;
import org.align4j.desk.frontier.Frontier.EqualDivergence;
import org.align4j.desk.frontier.FrontierCurve.FrontierPoint;
import org.jspecify.annotations.Nullable;

/** The page of a frontier: what it shows in sentences, the curves, every point, and what it doesn't show. One file that loads nothing. */
record FrontierPage(Frontier frontier) {
    private static final double CONFIDENCE = 0.95;
    private static final int COLOURS = 12;
    private static final String ACROSS = "divergence from the policy before training, k1, nats per answer";

    /** The divergence and score that a run measured of its own rollouts, where it made some. */
    private static final String OWN_DIVERGENCE = "objective/kl";

    private static final String OWN_SCORE = "objective/scores";

    private static final String OWN_TITLE = "What training saw of itself";

    static void write(Path page, Frontier frontier) throws IOException {
        OutputFile.write(page, new FrontierPage(frontier).text().getBytes(StandardCharsets.UTF_8));
    }

    private String text() throws IOException {
        String title = frontier.curves().size() == 1
                ? "Frontier of " + frontier.curves().get(0).run().name()
                : format("Frontier of %d runs", frontier.curves().size());
        String body = header(title) + curves() + proxies() + own() + equal() + points() + limits();
        return new HtmlPage(title, List.of(), body, "align frontier. Figures: frontier.json.", List.of()).text();
    }

    private String header(String title) {
        List<String> sentences = frontier.sentences();
        boolean over = frontier.curves().stream().anyMatch(FrontierCurve::isOverOptimised);
        boolean better =
                frontier.equal() != null && frontier.equal().test().winner().isPresent();
        StringBuilder out = new StringBuilder("<header><p class=\"run\"><strong>" + html(title) + "</strong><span>"
                + Wording.count(IntStream.of(frontier.prompts()).distinct().count(), "prompt", "prompts")
                + "</span><span>judge: " + html(frontier.judge()) + "</span></p>");
        out.append("<h1 class=\"")
                .append(over ? "worse" : better ? "better" : "unclear")
                .append("\">")
                .append(html(Wording.unparted(sentences.get(0))))
                .append("</h1>");
        sentences.stream()
                .skip(1)
                .forEach(sentence -> out.append("<p class=\"lead\">")
                        .append(html(Wording.unparted(sentence)))
                        .append("</p>"));
        return out.append("</header>").toString();
    }

    private String curves() {
        return HtmlText.section(
                "Score against divergence",
                "<p>"
                        + html((frontier.relative()
                                        ? "How far answers are preferred to those of the policy before training, 0.5 a"
                                                + " tie"
                                        : "Mean score of the answers")
                                + ", by " + frontier.judge()
                                + "; one point per checkpoint, in the order of steps, with 95 % intervals over prompts"
                                + " in both directions. The first point is the policy before training.")
                        + "</p>"
                        + drawing("Score against divergence", FrontierPoint::score));
    }

    private String proxies() {
        return frontier.proxy() == null
                ? ""
                : HtmlText.section(
                        "What training raised",
                        "<p>" + html("The same answers by " + frontier.proxy() + ".") + "</p>"
                                + drawing("Proxy against divergence", FrontierPoint::proxy));
    }

    private String drawing(String label, Function<FrontierPoint, @Nullable ClusteredMean> figure) {
        CurveDrawing drawing = new CurveDrawing(label, ACROSS);
        for (int i = 0; i < frontier.curves().size(); i++) {
            FrontierCurve curve = frontier.curves().get(i);
            drawing.add(new Curve(
                    curve.run().name(),
                    colour(i),
                    false,
                    curve.points().stream()
                            .map(point -> point(point, figure.apply(point)))
                            .toList()));
        }
        return drawing.html();
    }

    private static Point point(FrontierPoint point, @Nullable ClusteredMean figure) {
        ClusteredMean value = figure == null ? point.score() : figure;
        Interval across = point.k1().interval(CONFIDENCE);
        Interval up = value.interval(CONFIDENCE);
        return new Point(
                point.k1().mean(),
                across.low(),
                across.high(),
                value.mean(),
                up.low(),
                up.high(),
                format(
                        "step %,d: divergence %s, %s",
                        point.step(), Wording.number(point.k1().mean()), Wording.number(value.mean())));
    }

    private static String colour(int curve) {
        return "run" + (curve % COLOURS + 1);
    }

    /** Draws what runs measured of their own rollouts: a thin line each. */
    private String own() throws IOException {
        List<Path> runs =
                frontier.curves().stream().map(curve -> curve.run().path()).toList();
        Set<String> rescaling = new LinkedHashSet<>(RunGroup.rescaling(runs, OWN_SCORE));
        rescaling.addAll(RunGroup.rescaling(runs, OWN_DIVERGENCE));
        if (!rescaling.isEmpty()) {
            return HtmlText.section(
                    OWN_TITLE,
                    "<p>"
                            + html(format(
                                    "Not drawn into one picture: the runs differ in %s, by which alone equal policies"
                                            + " would have unequal values. It is on the runs’ own pages.",
                                    String.join(", ", rescaling)))
                            + "</p>");
        }
        CurveDrawing drawing = new CurveDrawing("Training's own figures", "KL of the rollouts, nats per answer");
        boolean any = false;
        for (int i = 0; i < frontier.curves().size(); i++) {
            FrontierCurve curve = frontier.curves().get(i);
            MetricHistory metrics = new Run(curve.run().path()).metrics();
            Series kl = metrics.series(OWN_DIVERGENCE);
            Series scores = metrics.series(OWN_SCORE);
            if (kl.size() > 1 && kl.size() == scores.size()) {
                any = true;
                drawing.add(new Curve(
                        curve.run().name(),
                        colour(i),
                        true,
                        IntStream.range(0, kl.size())
                                .mapToObj(at -> Point.of(kl.values()[at], scores.values()[at], ""))
                                .toList()));
            }
        }
        return any
                ? HtmlText.section(
                        OWN_TITLE,
                        "<p>Each step's own reward against the KL of its rollouts, on the prompts that it trained on:"
                                + " another scale than above, other prompts, and one step's noise in every point.</p>"
                                + drawing.html())
                : "";
    }

    private String equal() {
        EqualDivergence equal = frontier.equal();
        if (equal == null) {
            return "";
        }
        HtmlTable table = new HtmlTable("Setting").figures("Runs", "Score", "95 % interval");
        for (int place = 0; place < equal.settings().size(); place++) {
            SeededMean mean = equal.test().means().get(place);
            table.row(
                    html(equal.settings().get(place).text()),
                    List.of(
                            Integer.toString(mean.seeds()),
                            html(Wording.number(mean.mean())),
                            mean.isSingle() ? "–" : html(Wording.between(mean.interval(CONFIDENCE), Wording::number))));
        }
        return HtmlText.section(
                "At equal divergence",
                "<p>"
                        + html(format(
                                "Scores at %s nats per answer. A run's score there is interpolated between the points"
                                        + " around it, answer by answer; the intervals leave out that divergences are"
                                        + " estimates, too.",
                                Wording.number(equal.level())))
                        + "</p>"
                        + table.html());
    }

    private String points() {
        StringBuilder out = new StringBuilder();
        for (FrontierCurve curve : frontier.curves()) {
            HtmlTable table = new HtmlTable("Step").figures("KL k1", "KL k3", "Score", "Since the start");
            if (frontier.proxy() != null) {
                table.figures("Proxy");
            }
            table.figures("Tokens");
            for (FrontierPoint point : curve.points()) {
                List<String> cells = new ArrayList<>(
                        List.of(cell(point.k1()), cell(point.k3()), cell(point.score()), cell(point.change())));
                ClusteredMean proxy = point.proxy();
                if (proxy != null) {
                    cells.add(cell(proxy));
                }
                cells.add(point.step() == 0 ? "–" : html(Wording.number(point.tokens())));
                table.row(Wording.count(point.step()), cells);
            }
            out.append(
                            frontier.curves().size() == 1
                                    ? ""
                                    : "<h3>" + html(curve.run().name()) + "</h3>")
                    .append(table.html());
        }
        return HtmlText.section("Every point", out.toString());
    }

    private static String cell(ClusteredMean mean) {
        return HtmlTable.figure(mean.mean(), mean.isConstant() ? null : mean.interval(CONFIDENCE), Wording::number);
    }

    private String limits() {
        List<String> limits = new ArrayList<>(List.of(
                "What people would prefer: the score is the judge's, and shows over-optimisation only if training"
                        + " didn't raise it.",
                "Divergences of answers as long as they may be here; longer ones go further.",
                "Other seeds, where a setting has one run: the intervals are over prompts.",
                "The temperature that the policy is used with: answers are drawn at 1, as divergence is defined."));
        limits.addAll(frontier.notes());
        return HtmlText.section(
                "What this doesn’t show",
                limits.stream()
                        .map(limit -> "<li>" + html(limit) + "</li>")
                        .collect(Collectors.joining("", "<ul class=\"limits\">", "</ul>")));
    }
}
