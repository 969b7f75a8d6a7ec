package org.align4j.core.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.page.Wording;
import org.align4j.core.verdict.Judgement;

/**
 * Holds a sentence about a run's outcome and whether it is better.
 *
 * @param rating for the colour
 * @param headline one sentence
 * @param explanation what the headline rests on, and what not
 */
record PageFinding(Rating rating, String headline, List<String> explanation) {
    enum Rating {
        BETTER,
        UNCLEAR,
        WORSE,
        UNFINISHED
    }

    static PageFinding of(RunView run) {
        Optional<PageFinding> unfinished = unfinished(run);
        Judgement judgement = run.evidence().judge();
        List<String> explanation = new ArrayList<>();
        unfinished.ifPresent(ended -> explanation.addAll(ended.explanation()));
        if (unfinished.isPresent() && run.metrics().lastStep() > 0) {
            explanation.add("So far: " + lowerFirst(judgement.headline()));
        }
        if (!run.metrics().lines().isEmpty()) {
            explanation.addAll(judgement.reasons());
        }
        explanation.addAll(run.own().explanation());
        run.reported().screening().summary().ifPresent(explanation::add);
        return unfinished
                .map(ended -> new PageFinding(ended.rating(), ended.headline(), explanation))
                .orElseGet(() -> new PageFinding(rating(judgement), judgement.headline(), explanation));
    }

    /** Returns what is known of a run that is at work, without how far it is. */
    List<String> soFar() {
        return explanation.subList(Math.min(1, explanation.size()), explanation.size());
    }

    private static Optional<PageFinding> unfinished(RunView run) {
        String of = run.totalSteps() > 0 ? " of " + Wording.count(run.totalSteps()) : "";
        String at = run.step() == 0 ? "before its first step" : "at step " + Wording.count(run.step()) + of;
        String resume = "Go on with align resume " + run.path().getFileName() + ".";
        List<String> reason = run.reason().isEmpty() ? List.of(resume) : List.of(sentence(run.reason()), resume);
        return switch (run.status()) {
            case "done" -> Optional.empty();
            case "stopped" ->
                Optional.of(new PageFinding(Rating.UNFINISHED, "The run was stopped " + at + ".", reason));
            case "failed" -> Optional.of(new PageFinding(Rating.WORSE, "The run failed " + at + ".", reason));
            default ->
                Optional.of(new PageFinding(
                        Rating.UNFINISHED,
                        "The run is " + at + ", or was killed there.",
                        List.of("This page shows what was written so far.")));
        };
    }

    private static Rating rating(Judgement judgement) {
        return switch (judgement.verdict()) {
            case BETTER -> Rating.BETTER;
            case WORSE, BROKEN -> Rating.WORSE;
            case UNCHANGED, UNCLEAR -> Rating.UNCLEAR;
        };
    }

    private static String lowerFirst(String text) {
        return Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
