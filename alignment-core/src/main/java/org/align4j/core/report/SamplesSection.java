package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.OptionalDouble;
import org.align4j.core.page.Details;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Sample.Likelihood;
import org.align4j.core.report.Sample.Likelihoods;
import org.jspecify.annotations.Nullable;

/** The part of the page that shows answers before and after training beside those of the data, and how likely each of them is. */
record SamplesSection(OptionalDouble rewardOfLogRatio) {
    private static final Likelihoods UNKNOWN = new Likelihoods(null, null, null, null);

    /** Returns the part as HTML, empty where there are no answers, or the method shows its own. */
    static String of(RunView run) {
        if (run.samples().isEmpty() || run.own().showsAnswers()) {
            return "";
        }
        SamplesSection section = new SamplesSection(run.method().rewardOfLogRatio());
        StringBuilder out = new StringBuilder();
        run.samples().forEach(sample -> out.append(section.of(sample)));
        return section("Answers before and after", section.legend(run) + out);
    }

    private String legend(RunView run) {
        if (run.samples().stream().allMatch(sample -> sample.likelihoods() == null)) {
            return "";
        }
        return "<p class=\"muted\">Below each answer: its <a href=\"#term-log-probability\">log-probability</a> in nats under the model"
                + " before training and after"
                + (rewardOfLogRatio.isEmpty()
                        ? "."
                        : ", and its <a href=\"#term-implicit-reward\">implicit reward</a>: β ("
                                + Details.text(rewardOfLogRatio.getAsDouble()) + ") times the difference.")
                + " Longer answers are less likely; compare answers of one length, or an answer with itself.</p>";
    }

    private String of(Sample sample) {
        Likelihoods known = sample.likelihoods() == null ? UNKNOWN : sample.likelihoods();
        return "<article class=\"sample\"><blockquote>"
                + html(sample.prompt().strip())
                + "</blockquote><div>"
                + answer("before", "Before", sample.before(), known.before())
                + answer("after", "After", sample.after() == null ? "" : sample.after(), known.after())
                + (sample.chosen() == null
                        ? ""
                        : answer("wanted", "Chosen in the data", sample.chosen(), known.chosen()))
                + (sample.rejected() == null
                        ? ""
                        : answer("before", "Rejected in the data", sample.rejected(), known.rejected()))
                + "</div></article>";
    }

    private String answer(String kind, String title, String text, @Nullable Likelihood known) {
        String body = text.isBlank()
                ? "<p class=\"empty\">" + (kind.equals("after") ? "no answer (yet)" : "an empty answer") + "</p>"
                : "<p>" + html(text.strip()) + "</p>";
        return "<div class=\"" + kind + "\"><h3>" + title + "</h3>" + body + (known == null ? "" : odds(known))
                + "</div>";
    }

    private String odds(Likelihood known) {
        Double start = known.start();
        StringBuilder out = new StringBuilder("<p class=\"odds\">")
                .append(Wording.count(known.tokens(), "token", "tokens"))
                .append(start == null ? ", log-probability " : ", log-probability " + Wording.number(start) + " → ")
                .append(Wording.number(known.trained()));
        if (start != null && rewardOfLogRatio.isPresent()) {
            out.append(", reward ").append(Wording.number(rewardOfLogRatio.getAsDouble() * (known.trained() - start)));
        }
        return out.append("</p>").toString();
    }
}
