package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;

import java.util.ArrayList;
import java.util.List;

/** The box of the page that says what its figures don't show. */
final class Limits {
    private Limits() {}

    /** Returns the box as HTML; its sentences depend on what the run measured. */
    static String section(RunView run) {
        List<String> sentences = new ArrayList<>();
        sentences.add(
                "The figures say how well the model fits the preferences in these rows. They don't say that people would like its"
                        + " answers better, or that its answers are true.");
        if (run.evaluationRows() == 0) {
            sentences.add("No row was held out, so that nothing here tells learning from memorising.");
        } else {
            sentences.add(
                    "Held-out rows come from where the training rows come from; on other kinds of prompts nothing was measured.");
        }
        if (run.metrics().series("eval_guard_perplexity").size() == 0
                && run.guardTasks().isEmpty()) {
            sentences.add("Whether it forgot something wasn't measured: give guard-data or guard-tasks.");
        }
        if (run.samples().isEmpty() && !run.own().showsAnswers()) {
            sentences.add("No answer of the model stands here: read some before you trust a figure (align chat).");
        }
        sentences.add(
                "It is one run with one seed: another seed gives other figures, and how far they lie apart isn't known from this page.");
        StringBuilder out =
                new StringBuilder("<section class=\"limits\"><h2>What this report doesn\u2019t show</h2><ul>");
        sentences.forEach(sentence -> out.append("<li>").append(html(sentence)).append("</li>"));
        return out.append("</ul></section>").toString();
    }
}
