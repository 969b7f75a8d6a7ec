package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.align4j.core.error.InputException;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.HeadKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.options.Option;
import org.apache.commons.math3.util.KthSelector;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen from its scores: scores divided by the temperature, the {@code topK} highest kept, then the
 * smallest set of the likeliest whose probability reaches {@code topP} (Holtzman et al. 2019), of these the ones with at least
 * {@code minP} of the likeliest token's probability (Nguyen et al. 2024), then drawn in proportion. Before that, scores change by what the
 * prompt and the answer hold ({@link LogitRules}). Where scores are equal the lower id counts as higher. A group of options of the commands
 * that answer.
 */
public record Sampling(
        @Option(
                help = "Divides the scores; a higher one makes answers more varied, 0 always takes the likeliest"
                        + " token.",
                defaultValue = "1.0")
        double temperature,

        @Option(
                help = "Draw from this many of the likeliest tokens; more make answers more varied; 0 for all.",
                defaultValue = "0")
        int topK,

        @Option(
                help = "Draw from the likeliest tokens that reach this probability; a larger one makes answers more"
                        + " varied; 1 for all.",
                defaultValue = "1.0")
        double topP,

        @Option(
                help = "Draw from the tokens with at least this share of the likeliest one's probability; a larger"
                        + " one makes answers less varied; 0 for all.",
                defaultValue = "0")
        double minP,

        @Option(
                help = "Divides positive scores of tokens that prompt or answer hold, and multiplies negative ones; a"
                        + " larger one repeats less; 1 for none.",
                defaultValue = "1")
        double repetitionPenalty,

        @Option(
                help = "Subtracted from the scores of tokens that the answer holds; a larger one repeats less; 0 for"
                        + " none.",
                defaultValue = "0")
        double presencePenalty,

        @Option(
                help = "Added to the scores of token ids: 284=-5,13=2.5; more makes a token likelier.",
                defaultValue = "")
        Map<String, Double> logitBias,

        @Option(
                help = "Texts that no answer may hold, however they are split into tokens, comma separated; white"
                        + " space counts: \" an\" rules out \" and\" too.",
                defaultValue = "",
                escapes = true)
        List<String> forbid)
        implements Serializable {
    private static final double MOST_PENALTY = 100;

    /** Always the likeliest token. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1);

    /** Makes settings whose scores stay as the model gives them. */
    public Sampling(double temperature, int topK, double topP) {
        this(temperature, topK, topP, 0, 1, 0, Map.of(), List.of());
    }

    /** Checks ranges. */
    public Sampling {
        if (!(temperature >= 0 && temperature <= 100)) {
            throw new InputException("temperature is " + temperature
                    + " but must be from 0 to 100; 1 draws as the model says, 0 takes the likeliest token.");
        }
        InputException.requireAtLeast(0, "top-k", topK, "0 keeps all tokens");
        if (!(topP > 0 && topP <= 1)) {
            throw new InputException("top-p is " + topP + " but must be above 0 and at most 1; 1 keeps all tokens.");
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new InputException(
                    "min-p is " + minP + " but must be from 0 to 1; 0.05 is usual, 0 keeps all tokens.");
        }
        if (!(repetitionPenalty > 0 && repetitionPenalty <= MOST_PENALTY)) {
            throw new InputException("repetition-penalty is " + repetitionPenalty
                    + " but must be above 0 and at most 100; 1.1 is usual, 1 changes nothing.");
        }
        if (!(Math.abs(presencePenalty) <= MOST_PENALTY)) {
            throw new InputException("presence-penalty is " + presencePenalty
                    + " but must be from -100 to 100; 0.5 is usual, 0 changes nothing.");
        }
        logitBias = Collections.unmodifiableMap(new LinkedHashMap<>(logitBias));
        logitBias.forEach(Sampling::requireBias);
        forbid = List.copyOf(forbid);
        if (forbid.contains("")) {
            throw new InputException("forbid holds an empty text, which would forbid everything; drop it.");
        }
    }

    private static void requireBias(String id, double bias) {
        if (!id.matches("\\d{1,9}")) {
            throw new InputException("logit-bias names " + id
                    + ", which is no token id; give numbers as align tokenize prints them: 284=-5.");
        }
        if (!Double.isFinite(bias)) {
            throw new InputException(
                    "logit-bias of token " + id + " is " + bias + " but must be a number; -100 rules it out.");
        }
    }

    /** Returns whether scores are changed before a token is chosen. */
    public boolean changesScores() {
        return repetitionPenalty != 1 || presencePenalty != 0 || !logitBias.isEmpty() || !forbid.isEmpty();
    }

    /** Whether decoding is greedy: always the token of the highest score. */
    boolean greedy() {
        return temperature == 0;
    }

    /**
     * Chooses the next token of several answers.
     *
     * @param logits {@code [rows, V]} next-token scores
     * @param rows which of them each answer reads; null: one after the other
     * @param randoms one per answer, each asked once, and not at all where the choice is greedy
     */
    int[] choose(Scope scope, NDArray logits, int @Nullable [] rows, List<SplittableRandom> randoms) {
        if (!greedy() && topK == 0 && topP == 1 && minP == 0) {
            return draw(scope, HeadKernels.probabilities(scope, logits, temperature), rows, randoms);
        }
        int vocabulary = Math.toIntExact(logits.getShape().get(1));
        float[] weights = weights(scope, logits);
        int[] chosen = new int[randoms.size()];
        for (int i = 0; i < chosen.length; i++) {
            int begin = vocabulary * (rows == null ? i : rows[i]);
            chosen[i] = choose(weights, begin, vocabulary, randoms.get(i));
        }
        return chosen;
    }

    /** Draws the tokens that drawing one by one gives, without the probabilities coming to Java. */
    private static int[] draw(
            Scope scope, NDArray probabilities, int @Nullable [] rows, List<SplittableRandom> randoms) {
        double[] points =
                randoms.stream().mapToDouble(SplittableRandom::nextDouble).toArray();
        NDArray own = rows == null
                ? probabilities
                : DecoderKernels.gatherRows(scope, probabilities, scope.longs(Admission.widen(rows)));
        long[] drawn = HeadKernels.draw(scope, own, points);
        if (Arrays.stream(drawn).anyMatch(id -> id < 0)) {
            throw damaged();
        }
        return Arrays.stream(drawn).mapToInt(Math::toIntExact).toArray();
    }

    /**
     * Makes what {@link #choose} reads from next-token scores {@code [rows, V]}: the scores where greedy, else
     * probabilities.
     */
    float[] weights(Scope scope, NDArray logits) {
        return (greedy() ? logits : HeadKernels.probabilities(scope, logits, temperature)).toFloatArray();
    }

    /**
     * Draws a token in proportion to the weights.
     *
     * @param weights {@code [rows, V]} of {@link #weights}, row-major
     * @param begin where the row begins
     * @param vocabulary V
     * @param random asked once, and not at all where the choice is greedy
     */
    int choose(float[] weights, int begin, int vocabulary, SplittableRandom random) {
        if (greedy()) {
            return likeliest(weights, begin, vocabulary);
        }
        double[] kept = new double[vocabulary];
        double total = 0;
        for (int id = 0; id < vocabulary; id++) {
            kept[id] = weights[begin + id];
            total += kept[id];
        }
        if (Double.isNaN(total)) {
            throw damaged();
        }
        if (topK > 0 && topK < vocabulary) {
            total = keepHighest(kept);
        }
        if (topP < 1) {
            total = keepNucleus(kept, total);
        }
        if (minP > 0) {
            total = keepLikely(kept);
        }
        return draw(kept, random.nextDouble() * total);
    }

    /** Returns the error that a model's scores are NaN. */
    static InputException damaged() {
        return new InputException("the model gives NaN as a next-token score; its weights are damaged, or too"
                + " large for this dtype: try dtype fp32.");
    }

    private static int likeliest(float[] logits, int begin, int vocabulary) {
        int best = 0;
        for (int id = 0; id < vocabulary; id++) {
            float logit = logits[begin + id];
            if (Float.isNaN(logit)) {
                throw damaged();
            }
            if (logit > logits[begin + best]) {
                best = id;
            }
        }
        return best;
    }

    /** Sets all but the {@code topK} highest weights to 0; the sum of what is left. */
    private double keepHighest(double[] weights) {
        double least = new KthSelector().select(weights.clone(), null, weights.length - topK);
        int above = 0;
        for (double weight : weights) {
            above += weight > least ? 1 : 0;
        }
        int equal = topK - above;
        double total = 0;
        for (int id = 0; id < weights.length; id++) {
            boolean kept = weights[id] > least || (weights[id] == least && equal-- > 0);
            weights[id] = kept ? weights[id] : 0;
            total += weights[id];
        }
        return total;
    }

    /** Sets to 0 what the likeliest tokens need not to reach {@code topP}; the sum of what is left. */
    private double keepNucleus(double[] weights, double total) {
        // All weights below this one together are less than 1 - topP, so that the nucleus has none of them.
        double negligible = (1 - topP) * total / (2.0 * weights.length);
        double[] sorted = Arrays.stream(weights)
                .filter(weight -> weight >= negligible)
                .sorted()
                .toArray();
        double reached = 0;
        int i = sorted.length;
        while (i > 0 && reached < topP * total) {
            reached += sorted[--i];
        }
        double least = sorted[i];
        int equal = 0;
        for (int j = i; j < sorted.length && sorted[j] == least; j++) {
            equal++;
        }
        for (int id = 0; id < weights.length; id++) {
            boolean kept = weights[id] > least || (weights[id] == least && equal-- > 0);
            weights[id] = kept ? weights[id] : 0;
        }
        return reached;
    }

    /** Sets to 0 what has less than {@code minP} of the largest weight; the sum of what is left. */
    private double keepLikely(double[] weights) {
        double least = minP * Arrays.stream(weights).max().orElse(0);
        double total = 0;
        for (int id = 0; id < weights.length; id++) {
            weights[id] = weights[id] < least ? 0 : weights[id];
            total += weights[id];
        }
        return total;
    }

    /** The first token at which the running sum passes {@code point}. */
    private static int draw(double[] weights, double point) {
        double sum = 0;
        int last = -1;
        for (int id = 0; id < weights.length; id++) {
            if (weights[id] > 0) {
                sum += weights[id];
                last = id;
                if (sum > point) {
                    return id;
                }
            }
        }
        return last;
    }
}
