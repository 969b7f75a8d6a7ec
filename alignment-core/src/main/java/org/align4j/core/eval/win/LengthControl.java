package org.align4j.core.eval.win;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.win.AlpacaLengthControl.AlpacaRows;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;
import org.jspecify.annotations.Nullable;

/**
 * Says how often a system would beat the first one if their answers were as long as each other (Dubois et al. 2024).
 *
 * <p>A win has the probability {@code σ(a + b·tanh(Δ/s) + c·d)}. Δ is the system's length less the first one's, s its standard
 * deviation. d says how much the other systems get at the prompt above their mean; it is there from three systems on, since
 * with two a hard prompt can't be distinguished from a lost one. The length-controlled rate is the mean over the outcomes with Δ = 0.
 *
 * @param fit what the model found; null where the data can't tell
 * @param reason why there is no fit, as a sentence; empty where there is one
 */
public record LengthControl(@Nullable Fit fit, String reason) {

    /** The models that can control for length. */
    public enum Model {
        /** Controls for the lengths of the answers alone. */
        LENGTH("logistic in tanh of the standardised difference of lengths"),
        /** Reads also how much the other systems get at the prompt. */
        LENGTH_AND_DIFFICULTY(
                "logistic in tanh of the standardised difference of lengths, and in the prompt's difficulty"),
        /** Reads AlpacaEval's difficulties and its two anchor models; see {@link AlpacaLengthControl}. */
        ALPACA_EVAL("AlpacaEval 2's, with its gamed baselines and instruction difficulties");

        private final String words;

        Model(String words) {
            this.words = words;
        }

        /** Returns what {@code compare.json} calls the model. */
        public String words() {
            return words;
        }
    }

    /**
     * Holds the coefficients of a fitted length-controlled model.
     *
     * @param model which one it is
     * @param rate length-controlled win rate in [0, 1]
     * @param interval bootstrap interval of it that draws whole prompts
     * @param constant a: above 0 where the system wins at equal lengths
     * @param lengthCoefficient b: above 0 where the judge likes longer answers
     * @param difficultyCoefficient c; null where the model reads no difficulty
     * @param deviation s, in the unit of the lengths
     */
    public record Fit(
            Model model,
            double rate,
            Interval interval,
            double constant,
            double lengthCoefficient,
            @Nullable Double difficultyCoefficient,
            double deviation) {}

    /**
     * Controls for length between two systems.
     *
     * @param outcomes at least one, all of one system against the first
     * @param bootstrap draws the prompts
     */
    public static LengthControl of(List<WinOutcome> outcomes, ClusterBootstrap bootstrap) {
        return of(new LengthModel(outcomes, null), bootstrap);
    }

    /**
     * Controls for length as AlpacaEval 2 does, with an interval that it doesn't give.
     *
     * @param anchors AlpacaEval's own data
     * @param outcomes at least one, all of one system against the first
     * @param instructions the number of each outcome's instruction
     * @param bootstrap draws the prompts
     */
    public static LengthControl ofAlpacaEval(
            AlpacaAnchors anchors, List<WinOutcome> outcomes, int[] instructions, ClusterBootstrap bootstrap) {
        if (outcomes.size() < AlpacaLengthControl.FOLDS) {
            return new LengthControl(
                    null,
                    format(
                            "not identifiable: AlpacaEval's model needs at least %d comparisons, there are %d",
                            AlpacaLengthControl.FOLDS, outcomes.size()));
        }
        double deviation = AlpacaRows.deviation(outcomes);
        if (deviation == 0) {
            return new LengthControl(null, "not identifiable: all answers differ equally in length");
        }
        AlpacaLengthControl found = AlpacaLengthControl.of(anchors, outcomes, instructions);
        Fit fit = new Fit(
                Model.ALPACA_EVAL,
                found.rate(),
                found.interval(anchors, outcomes, instructions, bootstrap),
                found.modelCoefficient(),
                -found.lengthCoefficient(), // AlpacaEval's difference is the other way round
                found.difficultyCoefficient(),
                deviation);
        return new LengthControl(fit, "");
    }

    /**
     * Controls for length between the first system and each of several others.
     *
     * @param outcomes of each other system by its name, each against the first, at least one each
     * @param bootstrap draws the prompts
     */
    public static Map<String, LengthControl> of(Map<String, List<WinOutcome>> outcomes, ClusterBootstrap bootstrap) {
        Map<String, LengthControl> controls = new LinkedHashMap<>();
        outcomes.forEach((name, own) -> {
            List<List<WinOutcome>> others = new ArrayList<>();
            outcomes.forEach((other, theirs) -> {
                if (!other.equals(name)) {
                    others.add(theirs);
                }
            });
            double[] difficulty =
                    others.isEmpty() ? null : PromptEase.of(others).at(own);
            controls.put(name, of(new LengthModel(own, difficulty), bootstrap));
        });
        return controls;
    }

    private static LengthControl of(LengthModel model, ClusterBootstrap bootstrap) {
        Optional<String> trouble = model.trouble();
        return trouble.isPresent()
                ? new LengthControl(null, trouble.get())
                : new LengthControl(model.fit(bootstrap), "");
    }

    /** Whether the data tell what the rate at equal lengths is. */
    public boolean identifiable() {
        return fit != null;
    }

    /** Says how much systems get at each prompt above what they get on average. */
    private static final class PromptEase {
        private final Map<String, double[]> sums = new HashMap<>();

        private PromptEase() {}

        static PromptEase of(List<List<WinOutcome>> systems) {
            PromptEase ease = new PromptEase();
            for (List<WinOutcome> outcomes : systems) {
                double mean =
                        outcomes.stream().mapToDouble(WinOutcome::win).average().orElse(0);
                for (WinOutcome outcome : outcomes) {
                    double[] sum = ease.sums.computeIfAbsent(outcome.prompt(), key -> new double[2]);
                    sum[0] += outcome.win() - mean;
                    sum[1]++;
                }
            }
            return ease;
        }

        /** The ease of each outcome's prompt; 0, the usual one, where no system met it. */
        double[] at(List<WinOutcome> outcomes) {
            return outcomes.stream()
                    .map(outcome -> sums.getOrDefault(outcome.prompt(), new double[] {0, 1}))
                    .mapToDouble(sum -> sum[0] / sum[1])
                    .toArray();
        }
    }

    /** The outcomes of one system as the logistic model of {@link LengthControl} reads them. */
    private static final class LengthModel {
        /** Less of the weaker side, longer or shorter, than this makes the rate at equal lengths a guess. */
        private static final double LEAST_SHARE = 0.05;

        private static final int LEAST = 5;

        /** A resample that separates has coefficients too; changes the rate by less than 0.01 points elsewhere. */
        private static final LogisticFit FIT = new LogisticFit(1e-4);

        private final PromptClusters clusters;
        private final double deviation;
        private final boolean difficult;
        private final double[][] features;
        private final double[] wins;

        /**
         * Prepares the design matrix of the length-controlled model.
         *
         * @param outcomes at least one
         * @param ease of each outcome's prompt; null where it is unknown
         */
        LengthModel(List<WinOutcome> outcomes, double @Nullable [] ease) {
            if (outcomes.isEmpty()) {
                throw new IllegalArgumentException("Length control of no outcomes has no value; it needs one.");
            }
            double[] differences = outcomes.stream()
                    .mapToDouble(outcome -> (double) outcome.length() - outcome.againstLength())
                    .toArray();
            this.clusters = PromptClusters.of(outcomes, WinOutcome::prompt);
            this.deviation = differences.length == 1 ? 0 : new StandardDeviation().evaluate(differences);
            this.difficult = ease != null;
            this.wins = outcomes.stream().mapToDouble(WinOutcome::win).toArray();
            this.features = new double[differences.length][];
            for (int i = 0; i < differences.length; i++) {
                double length = deviation == 0 ? Math.signum(differences[i]) : Math.tanh(differences[i] / deviation);
                features[i] = ease == null ? new double[] {1, length} : new double[] {1, length, ease[i]};
            }
        }

        /** Says why the rate at equal lengths can't be known; empty where it can. */
        Optional<String> trouble() {
            double sum = Arrays.stream(wins).sum();
            if (sum == 0 || sum == wins.length) {
                return Optional.of(format(
                        "not identifiable: every one of the %d comparisons is a %s, so no length can explain one",
                        wins.length, sum == 0 ? "loss" : "win"));
            }
            long longer = Arrays.stream(features).filter(each -> each[1] >= 0).count();
            long shorter = Arrays.stream(features).filter(each -> each[1] <= 0).count();
            double least = Math.max(LEAST, LEAST_SHARE * wins.length);
            if (Math.min(longer, shorter) < least) {
                return Optional.of(format(
                        "not identifiable: the answer is %s than the first system's in all but %d of %d comparisons; at least %d"
                                + " others are needed",
                        longer > shorter ? "longer" : "shorter", Math.min(longer, shorter), wins.length, (int)
                                Math.ceil(least)));
            }
            if (deviation > 0 && separated()) {
                return Optional.of("not identifiable: the length alone separates wins from losses");
            }
            return Optional.empty();
        }

        /** Whether a length lies between all wins and all losses; a tie or a soft preference is some of both. */
        private boolean separated() {
            double[] won = spread(true);
            double[] lost = spread(false);
            return won[0] >= lost[1] || lost[0] >= won[1];
        }

        private double[] spread(boolean win) {
            double[] lengths = new double[features.length];
            int count = 0;
            for (int i = 0; i < features.length; i++) {
                if (win ? wins[i] > 0 : wins[i] < 1) {
                    lengths[count++] = features[i][1];
                }
            }
            double[] used = Arrays.copyOf(lengths, count);
            return new double[] {
                Arrays.stream(used).min().orElseThrow(),
                Arrays.stream(used).max().orElseThrow()
            };
        }

        LengthControl.Fit fit(ClusterBootstrap bootstrap) {
            double[] once = new double[wins.length];
            Arrays.fill(once, 1);
            double[] coefficients = FIT.coefficients(features, wins, once);
            return new LengthControl.Fit(
                    difficult ? LengthControl.Model.LENGTH_AND_DIFFICULTY : LengthControl.Model.LENGTH,
                    rate(coefficients, once),
                    bootstrap.interval(clusters.count(), drawn -> {
                        double[] weights = clusters.weights(drawn);
                        return rate(FIT.coefficients(features, wins, weights), weights);
                    }),
                    coefficients[0],
                    coefficients[1],
                    difficult ? coefficients[2] : null,
                    deviation);
        }

        /** The mean probability of a win, were no answer longer than the other. */
        private double rate(double[] coefficients, double[] weights) {
            double sum = 0;
            double all = 0;
            for (int i = 0; i < features.length; i++) {
                double ease = difficult ? coefficients[2] * features[i][2] : 0;
                sum += weights[i] * Logistic.sigmoid(coefficients[0] + ease);
                all += weights[i];
            }
            return sum / all;
        }
    }
}
