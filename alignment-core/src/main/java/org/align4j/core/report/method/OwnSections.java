package org.align4j.core.report.method;

import java.util.List;

/**
 * The parts of a run's page that only runs of its method have.
 *
 * @param html what stands between the table and the charts; empty for nothing
 * @param details what stands behind the charts, for who looks closer; empty for nothing
 * @param explanation sentences that the verdict's explanation ends with
 * @param showsAnswers whether they show what the model answers, so that the page needn't
 */
public record OwnSections(String html, String details, List<String> explanation, boolean showsAnswers) {
    /** A method without parts of its own. */
    public static final OwnSections NONE = new OwnSections("", "", List.of(), false);

    public OwnSections {
        explanation = List.copyOf(explanation);
    }
}
