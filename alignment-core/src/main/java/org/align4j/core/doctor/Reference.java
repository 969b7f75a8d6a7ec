package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.NormalText;
import org.jspecify.annotations.Nullable;

/**
 * Prompts that should not be among the data, and how to find them there again: as they are but for case and white space, with few
 * changes, or in part, by thirteen words in a row. A run that begins or ends with words which many of the prompts have is their
 * template's and says nothing.
 */
final class Reference {
    /** How many words in a row two texts must share. */
    static final int WORDS = 13;

    /** From how many words on a run that many prompts have is their template's. */
    private static final int TEMPLATE_WORDS = 5;
    /** What more prompts have than these, and more than one in a hundred, is their template's. */
    private static final int MANY = 10;

    private static final int ONE_IN = 100;

    private final LongIntMap exact = new LongIntMap();
    private final LongIntMap grams = new LongIntMap();
    /** How many prompts have a run of {@link #TEMPLATE_WORDS}. */
    private final LongIntMap prompts = new LongIntMap();

    private final LongIntMap bands = new LongIntMap();
    private final List<Shingles> shingles = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    /** Adds a prompt under the number of its row. */
    void add(String normal, int number) {
        if (exact.putIfAbsent(NormalText.hash(normal), number) != LongIntMap.ABSENT) {
            return;
        }
        int place = shingles.size();
        Shingles runs = Shingles.of(normal);
        shingles.add(runs);
        numbers.add(number);
        int[] ofPrompt = MinHash.bands(runs);
        for (int band = 0; band < ofPrompt.length; band++) {
            bands.putIfAbsent(Candidates.pair(band, 0) ^ Integer.toUnsignedLong(ofPrompt[band]), place);
        }
        WordRuns words = new WordRuns(normal);
        for (long gram : words.runs(WORDS)) {
            grams.putIfAbsent(gram, number);
        }
        Arrays.stream(words.runs(TEMPLATE_WORDS)).distinct().forEach(prompts::increment);
    }

    /** How a row of the data repeats a prompt of these; null where it doesn't. */
    @Nullable
    Sighting find(Prompt prompt, int row) {
        int same = exact.get(prompt.key());
        if (same != LongIntMap.ABSENT) {
            return new Sighting(row, same, "the same prompt");
        }
        for (int band = 0; band < prompt.bands().length; band++) {
            int place = bands.get(Candidates.pair(band, 0) ^ Integer.toUnsignedLong(prompt.bands()[band]));
            if (place != LongIntMap.ABSENT
                    && Shingles.of(prompt.normal()).jaccard(shingles.get(place)) >= NearDuplicates.SIMILARITY) {
                return new Sighting(row, numbers.get(place), "nearly the same prompt");
            }
        }
        return inPart(prompt, row);
    }

    private @Nullable Sighting inPart(Prompt prompt, int row) {
        for (int start = 0; start < prompt.grams().length; start++) {
            int number = grams.get(prompt.grams()[start]);
            if (number != LongIntMap.ABSENT
                    && !common(prompt.words(), start)
                    && !common(prompt.words(), start + WORDS - TEMPLATE_WORDS)) {
                return new Sighting(row, number, WORDS + " words in a row");
            }
        }
        return null;
    }

    private boolean common(WordRuns words, int start) {
        return prompts.get(words.run(start, TEMPLATE_WORDS)) > Math.max(MANY, numbers.size() / ONE_IN);
    }

    /**
     * What is looked up.
     *
     * @param normal the prompt
     * @param key its hash
     * @param bands its {@link MinHash}
     * @param words what is searched for runs of words
     * @param grams hashes of its runs
     */
    @SuppressWarnings("ArrayRecordComponent") // a carrier on its way, never compared
    record Prompt(String normal, long key, int[] bands, WordRuns words, long[] grams) {
        /**
         * Prepares a look-up.
         *
         * @param normal the prompt
         * @param searched what is searched for runs of words: the prompt, or all texts of its row
         */
        static Prompt of(String normal, String searched) {
            WordRuns words = new WordRuns(searched);
            return new Prompt(
                    normal, NormalText.hash(normal), MinHash.bands(Shingles.raw(normal)), words, words.runs(WORDS));
        }
    }
}
