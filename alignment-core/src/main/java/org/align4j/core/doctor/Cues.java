package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.doctor.Shortcuts.PairedAuc;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText;
import org.jspecify.annotations.Nullable;

/** Says what the two answers of every pair look like side by side, a few bytes per pair, so that any of the pairs can be compared together. */
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
    record PairCues(Map<Features, Double> differences, Labels.Words firstWords, Labels.@Nullable Words models) {
        static PairCues of(LogRow row) {
            Map<Features, Double> differences = new EnumMap<>(Features.class);
            for (Features feature : Features.values()) {
                differences.put(
                        feature,
                        feature.of(row.texts().chosen())
                                - feature.of(row.texts().rejected()));
            }
            String chosen = row.facts().chosenModel();
            String rejected = row.facts().rejectedModel();
            return new PairCues(
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
    void add(PairCues seen) {
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
     * Returns the AUC of each feature that one of the pairs has.
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

    /**
     * Measures how well one word per answer (its first, or the model that wrote it) predicts the chosen answer: by the word's
     * log-odds, learned from every other pair and tried on the rest, so that a rare word doesn't speak for itself.
     */
    static final class Labels {
        private static final double SMOOTHING = 2;
        private static final long NONE = 0;

        private final ImmutableLongArray.Builder chosen = ImmutableLongArray.builder();
        private final ImmutableLongArray.Builder rejected = ImmutableLongArray.builder();
        private final BitSet known = new BitSet();
        private int pairs;

        /** The hashes of the words of a pair's answers. */
        record Words(long chosen, long rejected) {
            static Words of(String ofChosen, String ofRejected) {
                return new Words(NormalText.hash(ofChosen), NormalText.hash(ofRejected));
            }
        }

        /** Adds a pair; without words it keeps its place and counts for nothing. */
        void add(@Nullable Words words) {
            chosen.add(words == null ? NONE : words.chosen());
            rejected.add(words == null ? NONE : words.rejected());
            known.set(pairs++, words != null);
        }

        /**
         * Learns from some of the pairs how well the words tell their order.
         *
         * @param places which pairs, by the order in which they were added
         * @param rows the row numbers of all pairs, by their places
         */
        PairedAuc auc(ImmutableIntArray places, ImmutableIntArray rows) {
            ImmutableLongArray better = chosen.build();
            ImmutableLongArray worse = rejected.build();
            int[] told = places.stream().filter(known::get).toArray();
            PairedAuc auc = new PairedAuc();
            for (int half = 0; half < 2; half++) {
                Map<Long, int[]> counts = new HashMap<>();
                for (int i = 1 - half; i < told.length; i += 2) {
                    counts.computeIfAbsent(better.get(told[i]), any -> new int[2])[0]++;
                    counts.computeIfAbsent(worse.get(told[i]), any -> new int[2])[1]++;
                }
                for (int i = half; i < told.length; i += 2) {
                    auc.add(rows.get(told[i]), odds(counts, better.get(told[i])), odds(counts, worse.get(told[i])));
                }
            }
            return auc;
        }

        private static double odds(Map<Long, int[]> counts, long word) {
            int[] count = counts.get(word);
            return count == null || word == NONE ? 0 : Math.log((count[0] + SMOOTHING) / (count[1] + SMOOTHING));
        }
    }

    /** What an answer looks like, whatever it says. */
    private enum Features {
        /** Marks of Markdown: headings, list items, bold words, code, tables. */
        MARKDOWN {
            @Override
            double of(String answer) {
                return mayHaveMarks(answer) ? MARKS.matcher(answer).results().count() : 0;
            }
        },
        /** Whether it declines. */
        REFUSAL {
            @Override
            double of(String answer) {
                String start = answer.substring(0, Math.min(answer.length(), 300))
                        .toLowerCase(Locale.ROOT)
                        .replace('\u2019', '\'');
                return REFUSALS.stream().anyMatch(start::contains) ? 1 : 0;
            }
        },
        /** Pictures among the letters. */
        EMOJI {
            @Override
            double of(String answer) {
                int count = 0;
                for (int i = 0; i < answer.length(); i++) {
                    count += answer.charAt(i) >= 0x2600 && isEmoji(answer.codePointAt(i)) ? 1 : 0;
                }
                return count;
            }
        };

        private static final Pattern MARKS = Pattern.compile(
                "(?m)^ {0,3}#{1,6} |^\\s*(?:[-*+\u2022]|\\d{1,3}[.)]) |\\*\\*[^*\\n]+\\*\\*|```|`[^`\\n]+`|^\\|.*\\|\\s*$");

        private static final List<String> REFUSALS = List.of(
                "i can't help",
                "i cannot help",
                "i can't assist",
                "i cannot assist",
                "i'm unable to",
                "i am unable to",
                "i can't provide",
                "i cannot provide",
                "i'm not able to",
                "i am not able to",
                "i won't",
                "i will not",
                "i cannot fulfill",
                "i can't fulfill",
                "i'm sorry, but",
                "i am sorry, but",
                "as an ai");

        /** Returns the value of this feature for an answer. */
        abstract double of(String answer);

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static boolean mayHaveMarks(String text) {
            return text.indexOf('\n') >= 0 || text.indexOf('*') >= 0 || text.indexOf('`') >= 0 || text.startsWith("#");
        }

        private static boolean isEmoji(int c) {
            return (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x2600 && c <= 0x27BF) || (c >= 0x1F1E6 && c <= 0x1F1FF);
        }
    }
}
