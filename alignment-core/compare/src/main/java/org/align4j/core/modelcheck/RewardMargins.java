package org.align4j.core.modelcheck;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.people.MarginNoise;
import org.align4j.core.eval.Interval;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;

/**
 * Holds a reward model's margins of the pairs: evidence of flipped labels, where the rewards didn't learn from these very labels.
 *
 * @param judge who gives the rewards, in words
 * @param margins reward of the chosen answer above that of the rejected one, by the number of the row
 * @param known the rows that the model was trained on, none of which has a margin here
 */
record RewardMargins(String judge, Map<Integer, Double> margins, KnownRows known) {
    private static final int WINDOW = 128;
    private static final double CONFIDENCE = 0.95;

    /** Scores the sampled pairs by a reward model. */
    static RewardMargins of(RewardFunction reward, PairSample sample, KnownRows known, TrainingLog log) {
        Map<Integer, Double> margins = new TreeMap<>();
        List<Map.Entry<Integer, PairTokens>> all = List.copyOf(sample.pairs().entrySet());
        try (Progress progress = log.progress("Pairs", all.size())) {
            for (int from = 0; from < all.size(); from += WINDOW) {
                var window = all.subList(from, Math.min(all.size(), from + WINDOW));
                List<Completion> answers = new ArrayList<>();
                for (Map.Entry<Integer, PairTokens> entry : window) {
                    PairTokens pair = entry.getValue();
                    PromptTokens prompt = new PromptTokens(entry.getKey(), pair.prompt(), null);
                    answers.add(new Completion(prompt, 0, pair.chosen(), null, true));
                    answers.add(new Completion(prompt, 1, pair.rejected(), null, true));
                }
                double[] scores = reward.scores(answers);
                for (int i = 0; i < window.size(); i++) {
                    margins.put(window.get(i).getKey(), scores[2 * i] - scores[2 * i + 1]);
                }
                progress.advance(window.size());
            }
        }
        return new RewardMargins("the reward model", margins, known);
    }

    /** Takes the reward that a policy implies: how far training raised an answer's log-probability. */
    static RewardMargins of(Collection<PairLikelihood> read, KnownRows known) {
        Map<Integer, Double> margins = new TreeMap<>();
        read.stream()
                .filter(pair -> !known.rows().contains(pair.row()))
                .forEach(pair -> margins.put(pair.row(), pair.margin()));
        return new RewardMargins("the policy's implicit reward", margins, known);
    }

    /**
     * Concludes from the margins and from what was found without them: whoever can tell ε decides, first the rewards; the other's figures
     * are beside.
     *
     * @param before what was found without a model
     */
    Finding finding(List<Finding> before) {
        Finding own = own();
        Finding probe = before.stream()
                .filter(finding -> finding.id().equals(MarginNoise.ID))
                .findFirst()
                .orElse(null);
        if (probe == null) {
            return own;
        }
        boolean probeDecides = isIdentifiable(probe) && !isIdentifiable(own);
        return probeDecides ? probe.with("with_model", beside(own)) : own.with("without_model", beside(probe));
    }

    private static boolean isIdentifiable(Finding finding) {
        return Boolean.TRUE.equals(finding.figures().get("identifiable"));
    }

    private static Map<String, Object> beside(Finding finding) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("rows", finding.rows());
        figures.put("count", finding.count());
        figures.putAll(finding.figures());
        return figures;
    }

    private Finding own() {
        MarginNoise noise = new MarginNoise(
                margins.keySet().stream().mapToInt(Integer::intValue).toArray(),
                margins.values().stream().mapToDouble(Double::doubleValue).toArray());
        Finding finding = noise.isConclusive() ? noise.ofRewards(judge) : silent();
        long agreeing = margins.values().stream().filter(margin -> margin > 0).count();
        return finding.with("judge", judge)
                .with("labels_agreed_with", margins.isEmpty() ? 0 : agreeing / (double) margins.size())
                .with("trained_on", known.rows().size())
                .with("origin", known.origin());
    }

    /** Too few rows are left whose labels the model doesn't know. */
    private Finding silent() {
        String reason = known.rows().isEmpty()
                ? "fewer than " + MarginNoise.FEWEST
                        + " pairs were read, or all have equal rewards; give more with --model-rows"
                : format(
                        "the model was trained on %,d of the pairs, whose labels it may know by heart, and read only %,d others; give"
                                + " one that was trained on other rows",
                        known.rows().size(), margins.size());
        return new Finding(
                        MarginNoise.ID,
                        Level.GREEN,
                        new Finding.Counted(0, margins.size()),
                        new Finding.Figure(0.5, new Interval(0, 0.5, CONFIDENCE), MarginNoise.THRESHOLD),
                        "",
                        Finding.Seen.NOWHERE,
                        Map.of())
                .with("epsilon", 0.5)
                .with("epsilon_interval", List.of(0.0, 0.5))
                .with("identifiable", false)
                .with("note", "not identifiable: " + reason);
    }
}
