package org.align4j.desk.judge;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/**
 * Orders pairs so that people judge those first where judges disagree most. Each judge's margin (score of b less score of a, or its preference less ½)
 * is divided by its root mean square over all pairs, since scores of two reward models have no common scale. A pair's disagreement is the variance
 * of these over the judges; of one judge alone, the closest calls come first.
 */
final class Disagreement {
    private Disagreement() {}

    /** Returns the pairs with the greatest disagreement first; ties by the closer call, then in their order. */
    static List<BlindPair> order(List<BlindPair> pairs, List<String> judges, JudgeSetting setting) {
        List<Match> matches = pairs.stream().map(BlindPair::match).toList();
        List<List<@Nullable Double>> margins = new ArrayList<>();
        for (String name : judges) {
            try (Judge judge = Judges.open(name, setting)) {
                List<Ruling> rulings = rulings(name, judge, matches, setting.log());
                requireUsable(name, rulings, setting.options());
                margins.add(scaled(rulings));
            }
        }
        return IntStream.range(0, pairs.size())
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -variance(at(margins, i)))
                        .thenComparing(i -> closeness(at(margins, i))))
                .map(pairs::get)
                .toList();
    }

    private static void requireUsable(String name, List<Ruling> rulings, JudgeOptions options) {
        List<String> problems =
                rulings.stream().map(Ruling::problem).filter(Objects::nonNull).toList();
        if (!Judges.isRecord(name)) {
            options.requireUsable(
                    AddressSecrets.removed(name),
                    problems.size(),
                    rulings.size(),
                    problems.isEmpty() ? "" : problems.get(0));
        }
    }

    private static List<Ruling> rulings(String name, Judge judge, List<Match> matches, TrainingLog log) {
        try (Progress progress = log.progress(name, matches.size())) {
            return judge.rule(matches, progress::advance);
        }
    }

    private static List<@Nullable Double> scaled(List<Ruling> rulings) {
        List<@Nullable Double> margins = new ArrayList<>();
        rulings.forEach(ruling -> margins.add(margin(ruling)));
        double square = margins.stream()
                .filter(Objects::nonNull)
                .mapToDouble(margin -> margin * margin)
                .average()
                .orElse(0);
        double scale = square == 0 ? 1 : Math.sqrt(square);
        List<@Nullable Double> scaled = new ArrayList<>();
        margins.forEach(margin -> scaled.add(margin == null ? null : margin / scale));
        return scaled;
    }

    private static @Nullable Double margin(Ruling ruling) {
        Ruling.Scores scores = ruling.scores();
        Double preference = ruling.preference();
        return scores != null
                ? (Double) (scores.second() - scores.first())
                : preference == null ? null : preference - 0.5;
    }

    /** What the judges that have a verdict say of one pair. */
    private static List<Double> at(List<List<@Nullable Double>> margins, int pair) {
        List<Double> all = new ArrayList<>();
        for (List<@Nullable Double> judge : margins) {
            Double margin = judge.get(pair);
            if (margin != null) {
                all.add(margin);
            }
        }
        return all;
    }

    private static double variance(List<Double> margins) {
        double mean = mean(margins);
        return margins.stream()
                .mapToDouble(margin -> (margin - mean) * (margin - mean))
                .average()
                .orElse(0);
    }

    /** How far the mean is from a tie; a pair of which no judge says anything comes last. */
    private static double closeness(List<Double> margins) {
        return margins.isEmpty() ? Double.MAX_VALUE : Math.abs(mean(margins));
    }

    private static double mean(List<Double> margins) {
        return margins.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
