package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * The letters in which a loss of one pair is written: {@code β}, the log-ratios {@code a} of the chosen and {@code b} of the
 * rejected answer, their log-probabilities {@code p⁺} and {@code p⁻} under the policy, their tokens {@code n⁺} and {@code n⁻}.
 */
public final class PairFormula {
    private static final Pattern LETTER = Pattern.compile("β|(?<![a-zσ])(?:a|b|p⁺|p⁻|n⁺|n⁻)(?![a-z])");

    private PairFormula() {}

    /**
     * Writes {@code -log σ(z)} for a {@code z} in these letters, smoothed as {@link org.align4j.core.autodiff.Logistic} does.
     *
     * @param smoothing the share of labels taken to be wrong
     */
    public static String logistic(String z, double smoothing) {
        return smoothing == 0
                ? "−log σ(" + z + ")"
                : format("−%s log σ(%s) − %s log σ(−(%s))", 1 - smoothing, z, smoothing, z);
    }

    /**
     * Puts numbers in the places of letters.
     *
     * @param numbers as they are to be read, by letter
     */
    public static String with(String formula, Map<String, String> numbers) {
        return LETTER.matcher(formula).replaceAll(found -> numbers.getOrDefault(found.group(), found.group()));
    }
}
