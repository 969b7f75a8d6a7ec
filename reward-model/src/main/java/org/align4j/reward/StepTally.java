package org.align4j.reward;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.data.StepTokens;
import org.align4j.core.eval.AreaUnderCurve;
import org.align4j.core.eval.Proportion;

/** How many labelled steps are judged as the rows say, and of how many answers the first wrong step is found. */
final class StepTally {
    private final List<StepTokens> answers = new ArrayList<>();
    private final List<double[]> logOdds = new ArrayList<>();

    /** Takes one answer's scores; one without labels counts nothing. */
    public void count(StepTokens answer, double[] stepLogOdds) {
        if (answer.labels() != null) {
            answers.add(answer);
            logOdds.add(stepLogOdds);
        }
    }

    /** Figures over all labelled steps; none where there are none. */
    public Map<String, Object> summary() {
        Map<String, Object> summary = new LinkedHashMap<>();
        if (!answers.isEmpty()) {
            ScoredSteps all = ScoredSteps.of(answers, logOdds);
            Proportion accuracy = new Proportion(all.agreeing(), all.size());
            double area = AreaUnderCurve.of(all.logOdds(), all.right());
            summary.put("steps", all.size());
            summary.put("step_accuracy", accuracy.rate());
            summary.put("step_accuracy_interval", PairTally.bounds(accuracy));
            summary.put("right_fraction", (double) all.rightSteps() / all.size());
            if (!Double.isNaN(area)) {
                summary.put("area_under_curve", area);
            }
            Proportion found = new Proportion(all.firstErrorsFound(), answers.size());
            summary.put("first_mistake_accuracy", found.rate());
            summary.put("first_mistake_accuracy_interval", PairTally.bounds(found));
        }
        return summary;
    }

    /** Returns the accuracy in words, beside what it has to beat; empty without labelled steps. */
    public Optional<String> words() {
        if (answers.isEmpty()) {
            return Optional.empty();
        }
        ScoredSteps all = ScoredSteps.of(answers, logOdds);
        Proportion accuracy = new Proportion(all.agreeing(), all.size());
        double rightShare = (double) all.rightSteps() / all.size();
        return Optional.of(format(
                "step accuracy %.1f %% of %d steps (%s; calling all alike: %.1f %%); first wrong step, or none, found in"
                        + " %.1f %% of %d answers",
                100 * accuracy.rate(),
                all.size(),
                PairTally.interval(accuracy),
                100 * Math.max(rightShare, 1 - rightShare),
                100.0 * all.firstErrorsFound() / answers.size(),
                answers.size()));
    }
}
