package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.eval.Thresholds;

/**
 * How much sampled answers repeat themselves, by the share of different pairs of neighbouring words in each (distinct-2, Li et al.
 * 2016); where words are few or not separated by blanks, of neighbouring characters.
 *
 * @param answers how many prompts were answered before and after
 * @param before mean share over the answers of the starting model that say something; 1 where there is none
 * @param after the same of the trained model
 * @param emptied whether the trained model says nothing to any prompt, and the starting model said something
 */
public record Repetition(int answers, double before, double after, boolean emptied) {
    private static final int FEW_WORDS = 8;

    /** Measures repetition in answers to the same prompts. */
    public static Repetition of(List<String> before, List<String> after) {
        boolean said = before.stream().anyMatch(answer -> !answer.isBlank());
        boolean says = after.stream().anyMatch(answer -> !answer.isBlank());
        return new Repetition(after.size(), distinct(before), distinct(after), said && !says);
    }

    private static double distinct(List<String> answers) {
        return answers.stream()
                .map(Repetition::units)
                .filter(units -> units.size() > 1)
                .mapToDouble(Repetition::distinctPairs)
                .average()
                .orElse(1);
    }

    private static List<String> units(String answer) {
        List<String> words = List.of(answer.strip().split("\\s+"));
        return words.size() >= FEW_WORDS
                ? words
                : answer.strip().codePoints().mapToObj(Character::toString).collect(Collectors.toList());
    }

    private static double distinctPairs(List<String> units) {
        Set<List<String>> pairs = new HashSet<>();
        for (int i = 1; i < units.size(); i++) {
            pairs.add(List.of(units.get(i - 1), units.get(i)));
        }
        return (double) pairs.size() / (units.size() - 1);
    }

    /** Says what in the repetition shows that the model is broken. */
    Optional<String> sign() {
        if (emptied) {
            return Optional.of(format("it answers none of %d sampled prompts any more", answers));
        }
        return after < Thresholds.REPETITIVE && after < Thresholds.REPETITIVE_LOSS * before
                ? Optional.of(format(
                        "its sampled answers repeat themselves: %.0f %% of their pairs of neighbouring words are different, %.0f %%"
                                + " before training",
                        100 * after, 100 * before))
                : Optional.empty();
    }
}
