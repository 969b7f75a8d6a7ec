package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.doctor.Shingles.MinHash;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/** Rows of the data whose prompt is in another log too, which then says nothing about prompts that are new. */
final class Overlap implements Check.InParts {
    static final Threshold THRESHOLD = Threshold.any(0.01);

    private final String id;
    private final String advice;
    private final boolean searchAnswers;
    private final Reference reference;
    private final List<Sighting> found = new ArrayList<>();
    private int rows;

    private Overlap(String id, String advice, boolean searchAnswers, Reference reference) {
        this.id = id;
        this.advice = advice;
        this.searchAnswers = searchAnswers;
        this.reference = reference;
    }

    /** Returns a check that compares with the same prompts and has seen no row; no prompt is added any more. */
    Overlap anew() {
        return new Overlap(id, advice, searchAnswers, reference);
    }

    /** Compares with rows held out for evaluation, whose prompts should not be trained on. */
    public static Overlap leakage() {
        return new Overlap(
                "leakage",
                "What is trained on looks better in evaluation than it is; leave the rows out with --fix leakage, or split by"
                        + " prompt (align split --by prompt).",
                false,
                new Reference());
    }

    /** Compares with benchmarks, whose questions should stand neither in prompts nor in answers. */
    public static Overlap contamination() {
        return new Overlap(
                "contamination",
                "A benchmark measures nothing on questions that were trained on; leave the rows out with --fix contamination.",
                true,
                new Reference());
    }

    /** Adds a prompt of the other log. */
    public void reference(String prompt, int number) {
        reference.add(NormalText.of(prompt), number);
    }

    /** What is compared of a row: its prompt, or its text where it has none. */
    public static String prompt(LogRow row) {
        return row.texts().prompt().isEmpty()
                ? row.texts().chosen()
                : row.texts().prompt();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Runnable look(LogRow row) {
        String prompt = row.normal().prompt().isEmpty()
                ? row.normal().chosen()
                : row.normal().prompt();
        String searched = searchAnswers ? row.normal().joined() : prompt;
        Reference.Prompt sought = Reference.Prompt.of(prompt, searched);
        return () -> {
            rows++;
            Sighting sighting = reference.find(sought, row.number());
            if (sighting != null) {
                found.add(sighting);
            }
        };
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id, THRESHOLD, advice);
    }

    /**
     * Prompts that should not be among the data, and how to find them there again: as they are but for case and white space, with few
     * changes, or in part, by thirteen words in a row. A run that begins or ends with words which many of the prompts have is their
     * template's and says nothing.
     */
    private static final class Reference {
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
         * Holds a prompt's text and hashes for a search among other prompts.
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
             * Computes the hashes of a prompt to search for.
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

        /** The words of a text as hashes, and runs of some in a row; words are letters and digits alone. */
        private static final class WordRuns {
            private final long[] words;

            WordRuns(String normal) {
                this.words = words(normal);
            }

            /** How many runs of {@code length} words there are. */
            int count(int length) {
                return Math.max(0, words.length - length + 1);
            }

            /** The hash of the {@code length} words from {@code start} on. */
            long run(int start, int length) {
                long hash = length;
                for (int i = start; i < start + length; i++) {
                    hash = NormalText.hash(hash, words[i]);
                }
                return hash;
            }

            /** The hashes of all runs of {@code length} words. */
            long[] runs(int length) {
                long[] runs = new long[count(length)];
                Arrays.setAll(runs, start -> run(start, length));
                return runs;
            }

            private static long[] words(String normal) {
                long[] words = new long[normal.length() / 2 + 1];
                int count = 0;
                long hash = 0;
                for (int i = 0; i <= normal.length(); i++) {
                    if (i < normal.length() && Character.isLetterOrDigit(normal.charAt(i))) {
                        hash = hash * 0x100000001B3L + normal.charAt(i) + 1;
                    } else if (hash != 0) {
                        words[count++] = hash;
                        hash = 0;
                    }
                }
                return Arrays.copyOf(words, count);
            }
        }
    }
}
