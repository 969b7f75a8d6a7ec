package org.align4j.core.eval.win;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.ClusterBootstrap;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;
import org.jspecify.annotations.Nullable;

/** The outcomes of one system as the logistic model of {@link LengthControl} reads them. */
final class LengthModel {
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
     * Prepares the model.
     *
     * @param outcomes at least one
     * @param ease of each outcome's prompt; null where nothing tells
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

    /** Says why the rate at equal lengths can't be told; empty where it can. */
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
            Arrays.stream(used).min().orElseThrow(), Arrays.stream(used).max().orElseThrow()
        };
    }

    LengthControl.Fit fit(ClusterBootstrap bootstrap) {
        double[] once = new double[wins.length];
        Arrays.fill(once, 1);
        double[] coefficients = FIT.coefficients(features, wins, once);
        return new LengthControl.Fit(
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
