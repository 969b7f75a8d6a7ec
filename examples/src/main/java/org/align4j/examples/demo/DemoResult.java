package org.align4j.examples.demo;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.run.MetricsFile;

/**
 * The figures that the demo found before and after training.
 *
 * @param before the model's scores of the held-out pairs
 * @param after the same with the trained adapter
 * @param perplexityBefore of general text, under the model
 * @param perplexityAfter the same with the adapter
 * @param answers to some of the held-out prompts
 */
record DemoResult(
        HeldOutScores before,
        HeldOutScores after,
        double perplexityBefore,
        double perplexityAfter,
        DemoAnswers answers) {
    private static final double CONFIDENCE = 0.95;

    /** Reads it from the files of a finished run. */
    static DemoResult read(DemoPlan plan) throws IOException {
        List<Double> perplexities = MetricsFile.read(plan.out().resolve("metrics.jsonl")).stream()
                .map(line -> line.get("eval_guard_perplexity"))
                .filter(OptionalDouble::isPresent)
                .map(OptionalDouble::getAsDouble)
                .toList();
        if (perplexities.size() < 2) {
            throw new RunException("The run in " + plan.out() + " measured no perplexity before and after.");
        }
        return new DemoResult(
                HeldOutScores.read(plan.scoresBefore()),
                HeldOutScores.read(plan.scoresAfter()),
                perplexities.get(0),
                perplexities.get(perplexities.size() - 1),
                DemoAnswers.read(plan));
    }

    /** The pairs that the trained model prefers more strongly than before: DPO's accuracy. */
    Proportion accuracy() {
        double[] differences = after.logRatioDifferences(before);
        return new Proportion(
                (int) Arrays.stream(differences).filter(d -> d > 0).count(), differences.length);
    }

    /** DPO's mean margin: beta times how much further chosen and rejected have come apart. */
    double margin() {
        return DemoPlan.BETA * HeldOutScores.mean(after.logRatioDifferences(before));
    }

    static Interval interval(Proportion proportion) {
        return proportion.wilson(CONFIDENCE);
    }

    /** Returns the demo's results as one JSON document. */
    Map<String, Object> json() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("pairs", before.pairs());
        document.put("chosen_longer", before.chosenLonger().rate());
        document.put("before", side(before, perplexityBefore, answers.courteousBefore()));
        Map<String, Object> trained = side(after, perplexityAfter, answers.courteousAfter());
        trained.put("accuracy", accuracy().rate());
        trained.put("accuracy_interval", bounds(accuracy()));
        trained.put("margin", margin());
        document.put("after", trained);
        document.put("answers", answers.shown(before));
        return document;
    }

    private static Map<String, Object> side(HeldOutScores scores, double perplexity, Proportion courteous) {
        Map<String, Object> side = new LinkedHashMap<>();
        side.put("chosen_likelier", scores.chosenLikelier().rate());
        side.put("chosen_likelier_interval", bounds(scores.chosenLikelier()));
        side.put("chosen_log_probability", scores.meanChosen());
        side.put("rejected_log_probability", scores.meanRejected());
        side.put("guard_perplexity", perplexity);
        side.put("courteous_answers", courteous.rate());
        return side;
    }

    private static List<Double> bounds(Proportion proportion) {
        Interval interval = interval(proportion);
        return List.of(interval.low(), interval.high());
    }
}
