package org.align4j.core.verdict;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What of a pair a loss moves, and a verdict on it therefore measures. */
public enum PairMeasure {
    /** The summed log-probability of the chosen answer less that of the rejected one: what all runs on pairs are compared by. */
    ANSWER("margin", "the margin log p(chosen) − log p(rejected)", "nats per answer", "chosen_likelier") {
        @Override
        double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths) {
            return pairs.chosen()[pair] - pairs.rejected()[pair];
        }
    },
    /** The mean log-probability per token of the chosen answer less that of the rejected one: what length-normalised losses compare. */
    TOKEN(
            "margin_per_token",
            "the margin log p(chosen) − log p(rejected) per token",
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
     * Measures a pair.
     *
     * @param pairs under the model that is measured
     * @param lengths the same pairs as far as their tokens go
     */
    abstract double of(EvaluatedPairs pairs, int pair, EvaluatedPairs lengths);

    /** Returns its name in {@code result.json}. */
    String figure() {
        return figure;
    }

    /** Returns what it is called in a sentence. */
    public String words() {
        return words;
    }

    /** Returns what it is measured in. */
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
}
