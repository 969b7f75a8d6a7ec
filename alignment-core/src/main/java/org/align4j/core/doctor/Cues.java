package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.doctor.log.LogRow;
import org.jspecify.annotations.Nullable;

/** Tells what the two answers of every pair look like side by side, a few bytes a pair, so that any of the pairs can be judged together. */
final class Cues {
    static final String FIRST_WORD = "first-word";
    private static final String MODEL = "model";

    private final Map<Features, BitSet> chosenStronger = new EnumMap<>(Features.class);
    private final Map<Features, BitSet> rejectedStronger = new EnumMap<>(Features.class);
    private final Labels firstWords = new Labels();
    private final Labels models = new Labels();
    private int pairs;

    Cues() {
        for (Features feature : Features.values()) {
            chosenStronger.put(feature, new BitSet());
            rejectedStronger.put(feature, new BitSet());
        }
    }

    /**
     * Holds what one pair's answers look like.
     *
     * @param differences by feature how much more of it the chosen answer has
     * @param firstWords the hashes of the answers' first words
     * @param models the hashes of the models that wrote them; null where the row doesn't say
     */
    record Seen(Map<Features, Double> differences, Labels.Words firstWords, Labels.@Nullable Words models) {
        static Seen of(LogRow row) {
            Map<Features, Double> differences = new EnumMap<>(Features.class);
            for (Features feature : Features.values()) {
                differences.put(
                        feature,
                        feature.of(row.texts().chosen())
                                - feature.of(row.texts().rejected()));
            }
            String chosen = row.facts().chosenModel();
            String rejected = row.facts().rejectedModel();
            return new Seen(
                    differences,
                    Labels.Words.of(
                            firstWord(row.normal().chosen()),
                            firstWord(row.normal().rejected())),
                    chosen == null || rejected == null ? null : Labels.Words.of(chosen, rejected));
        }

        private static String firstWord(String answer) {
            int end = 0;
            while (end < answer.length() && Character.isLetterOrDigit(answer.charAt(end))) {
                end++;
            }
            return answer.substring(0, Math.max(end, Math.min(1, answer.length())));
        }
    }

    /** Adds a pair. */
    void add(Seen seen) {
        seen.differences().forEach((feature, difference) -> {
            BitSet stronger = difference > 0 ? chosenStronger.get(feature) : rejectedStronger.get(feature);
            if (difference != 0 && stronger != null) {
                stronger.set(pairs);
            }
        });
        firstWords.add(seen.firstWords());
        models.add(seen.models());
        pairs++;
    }

    /**
     * Returns the AUC of each feature that one of the pairs tells of.
     *
     * @param places which pairs, by the order in which they were added
     * @param rows the row numbers of all pairs, by their places
     */
    Map<String, PairedAuc> aucs(ImmutableIntArray places, ImmutableIntArray rows) {
        Map<String, PairedAuc> aucs = new LinkedHashMap<>();
        aucs.put(FIRST_WORD, firstWords.auc(places, rows));
        chosenStronger.forEach((feature, stronger) -> {
            BitSet weaker = rejectedStronger.getOrDefault(feature, stronger);
            PairedAuc auc = new PairedAuc();
            places.forEach(place -> auc.add(rows.get(place), stronger.get(place) ? 1 : 0, weaker.get(place) ? 1 : 0));
            aucs.put(feature.label(), auc);
        });
        PairedAuc ofModels = models.auc(places, rows);
        if (ofModels.pairs() > 0) {
            aucs.put(MODEL, ofModels);
        }
        return aucs;
    }
}
