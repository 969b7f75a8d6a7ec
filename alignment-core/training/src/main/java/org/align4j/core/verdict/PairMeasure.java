package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.align4j.core.eval.Thresholds;

/** What of a pair a loss moves, and a verdict on it therefore measures. */
public enum PairMeasure {
    /** The summed log-probability of the chosen answer less that of the rejected one: what all runs on pairs are compared by. */
    ANSWER("margin", "the difference log p(chosen) − log p(rejected)", "nats per answer", "chosen_likelier") {
        @Override
        double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths) {
            return pairs.chosen()[pair] - pairs.rejected()[pair];
        }
    },
    /** The mean log-probability per token of the chosen answer less that of the rejected one: what length-normalised losses compare. */
    TOKEN(
            "margin_per_token",
            "the difference log p(chosen) − log p(rejected) per token",
            "nats per token",
            "chosen_likelier_per_token") {
        @Override
        double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths) {
            return pairs.chosen()[pair] / lengths.chosenTokens()[pair]
                    - pairs.rejected()[pair] / lengths.tokensOfRejected(pair);
        }
    },
    /** The mean log-probability per token of the chosen answer: what losses without the rejected answer raise. */
    CHOSEN("chosen_log_prob_per_token", "log p(chosen) per token", "nats per token", "") {
        @Override
        double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths) {
            return pairs.chosen()[pair] / lengths.chosenTokens()[pair];
        }
    };

    private final String figure;
    private final String words;
    private final String unit;
    private final String share;

    PairMeasure(String figure, String words, String unit, String share) {
        this.figure = figure;
        this.words = words;
        this.unit = unit;
        this.share = share;
    }

    /**
     * Returns this measure of one pair.
     *
     * @param pairs under the model that is measured
     * @param lengths the same pairs as far as their tokens go
     */
    abstract double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths);

    /** Returns the measure's name in {@code result.json}. */
    public String figure() {
        return figure;
    }

    /** Returns the measure's name in a sentence. */
    public String words() {
        return words;
    }

    /** Returns the measure's unit. */
    public String unit() {
        return unit;
    }

    /** Returns the name of the share of pairs in which it is above 0; empty where 0 means nothing. */
    String share() {
        return share;
    }

    /** Returns the name in {@code evaluation.json}. */
    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Holds by how much the mean of a measure must move to count.
     *
     * @param size in the measure's unit
     * @param reason what it is
     */
    record Bar(double size, String reason) {
        /**
         * Takes a part of the measure's spread before training, and never less than a change of the perplexity that seeds make.
         *
         * @param before the measure of each row before training
         * @param tokens that the measure is a sum over, 1 where it is per token
         */
        static Bar of(double[] before, double tokens) {
            double spread = Thresholds.DEVIATIONS * Thresholds.deviation(before);
            double least = Thresholds.LOSS_NATS * tokens;
            return spread > least
                    ? new Bar(spread, "a tenth of its standard deviation before training")
                    : new Bar(least, "0.01 nats per token");
        }

        /** Returns the bar with its reason: {@code 0.143, a tenth of its standard deviation before training}. */
        String text() {
            return format("%.3g, %s", size, reason);
        }
    }
}
