package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.core.data.DetectedLanguage;
import org.align4j.core.data.DetectedLanguage.PlainEnglish;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.NormalText.Texts;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Rows in another language than those that are wanted, or, where nobody said, than most: one that under a quarter of the rows are in. Each answer speaks for itself where it is long
 * enough, else the whole row. Where more than 100,000 rows are not plainly English, one in ten of the later ones is looked at.
 */
public final class Language implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.02, 0.1);
    /** A language that so many rows are in is one of the log's own. */
    static final double OWN = 0.25;

    private static final int FULLY_SEEN = 100_000;
    private static final int ONE_IN = 10;
    private static final String ADVICE =
            "The model learns to answer in these languages; name them with --languages if it should, or leave the rows out with"
                    + " --fix language.";

    private static final String LANGUAGE = "language ";
    private static final String PASSED_OVER = "passed over";

    private final Set<String> wanted;
    private final Map<String, Integer> counts = new TreeMap<>();
    /** The rows by what was seen in them: mostly one language, joined by a plus sign where there are more. */
    private final Map<String, ImmutableIntArray.Builder> numbers = new TreeMap<>();

    private int rows;
    private int passedOver;

    /** @param wanted the languages that rows should be in, by their codes of three letters; empty: those that most rows are in */
    public Language(Set<String> wanted) {
        this.wanted = Set.copyOf(wanted);
    }

    @Override
    public String id() {
        return "language";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.form().written()) {
            return NOTHING;
        }
        String all = row.texts().joined();
        boolean english = PlainEnglish.is(all) && answersAreEnglish(row.texts());
        if (!english && row.number() >= FULLY_SEEN && row.number() % ONE_IN != 0) {
            return () -> passedOver++;
        }
        Set<String> seen = english ? Set.of("eng") : seen(row.texts(), all);
        return seen.isEmpty() ? NOTHING : () -> note(row.number(), seen);
    }

    private static boolean answersAreEnglish(Texts texts) {
        return (Languages.isShort(texts.chosen()) || PlainEnglish.is(texts.chosen()))
                && (Languages.isShort(texts.rejected()) || PlainEnglish.is(texts.rejected()));
    }

    private static Set<String> seen(Texts texts, String all) {
        Set<String> seen = new TreeSet<>();
        for (String answer : List.of(texts.chosen(), texts.rejected())) {
            add(Languages.isShort(answer) ? null : Languages.of(answer), seen);
        }
        if (seen.isEmpty()) {
            add(Languages.of(all), seen);
        }
        return seen;
    }

    private static void add(@Nullable String language, Set<String> seen) {
        if (language != null) {
            seen.add(language);
        }
    }

    private void note(int row, Set<String> seen) {
        rows++;
        seen.forEach(language -> counts.merge(language, 1, Integer::sum));
        numbers.computeIfAbsent(String.join("+", seen), any -> ImmutableIntArray.builder())
                .add(row);
    }

    /** The language of a row that was seen, a plus sign between several; null where it was too short. */
    public @Nullable String of(int row) {
        for (Map.Entry<String, ImmutableIntArray.Builder> language : numbers.entrySet()) {
            ImmutableIntArray ofRows = language.getValue().build();
            int low = 0;
            int high = ofRows.length();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (ofRows.get(middle) < row) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (low < ofRows.length() && ofRows.get(low) == row) {
                return language.getKey();
            }
        }
        return null;
    }

    @Override
    public Noted noted() {
        Noted noted = new Noted().plus(Noted.ROWS, rows).plus(PASSED_OVER, passedOver);
        counts.forEach((language, count) -> noted.plus(LANGUAGE + language, count));
        numbers.forEach((seen, ofRows) ->
                noted.with(seen, ofRows.build().stream().mapToObj(Sighting::of).toList()));
        return noted;
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        Set<String> own = own(all);
        Optional<Finding> found = all.saying(seen -> foreign(seen, own))
                .counting(seen -> !foreign(seen, own).isEmpty())
                .finding(id(), THRESHOLD, ADVICE);
        long passed = all.count(PASSED_OVER);
        return found.map(finding -> finding.with("languages", all.counts(LANGUAGE))
                        .with("detector", "Apache OpenNLP langdetect-183"))
                .map(finding -> passed == 0 ? finding : finding.with("rows_passed_over", passed));
    }

    @Override
    public @Nullable Sighting named(Noted all, String seen, Sighting sighting) {
        String foreign = foreign(seen, own(all));
        return foreign.isEmpty() ? null : Sighting.of(sighting.row(), foreign);
    }

    /** The languages that rows should be in: those that are wanted, else those that most rows are in. */
    private Set<String> own(Noted all) {
        return wanted.isEmpty()
                ? all.counts(LANGUAGE).entrySet().stream()
                        .filter(language -> language.getValue() >= OWN * all.count(Noted.ROWS))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toCollection(TreeSet::new))
                : wanted;
    }

    private static String foreign(String seen, Set<String> own) {
        return Arrays.stream(seen.split("\\+"))
                .filter(language -> !own.contains(language))
                .collect(Collectors.joining(", "));
    }

    /**
     * Finds the language of a text, by its ISO 639-3 code, with Apache OpenNLP's detector and its model of 103 languages. Text full of
     * the small words of English is English without being asked about, which saves loading the model for most files.
     */
    public static final class Languages {
        private static final String ENGLISH = "eng";
        /** Languages that have letters of their own: Latin ones alone are never they, but noises such as "ooh ooh ah ah". */
        private static final Set<String> OTHER_LETTERS = Set.of(
                "cmn", "jpn", "kor", "rus", "ukr", "bul", "bel", "mkd", "ell", "ara", "fas", "pes", "urd", "heb", "hin",
                "mar", "nep", "san", "ben", "tam", "tel", "kan", "mal", "guj", "pan", "sin", "tha", "mya", "khm", "lao",
                "kat", "hye", "amh", "pnb", "pus", "yid", "arz", "kir", "mon", "tat", "bak", "chv");

        private static final int SHORTEST = 80;
        private static final int LONG = 160;
        /** The model needs no more of a text. */
        private static final int LONGEST = 400;

        private Languages() {}

        /**
         * Returns the language, or null where a text is too short to tell (under 80 letters, of which ideographs count threefold) or no
         * language at all.
         */
        @Nullable
        public static String of(String text) {
            if (lighter(text, SHORTEST)) {
                return null;
            }
            if (PlainEnglish.is(text)) {
                return ENGLISH;
            }
            String language = DetectedLanguage.threeLetters(shortened(text));
            return isAscii(text) && OTHER_LETTERS.contains(language) ? null : language;
        }

        /** Whether nine in ten letters are ASCII's. */
        private static boolean isAscii(String text) {
            long letters = text.chars().filter(Character::isLetter).count();
            long plain =
                    text.chars().filter(c -> c < 0x80 && Character.isLetter(c)).count();
            return plain >= 0.9 * letters;
        }

        /** Whether a text alone says too little, where there is more: under 160 letters, of which ideographs count threefold. */
        static boolean isShort(String text) {
            return lighter(text, LONG);
        }

        private static boolean lighter(String text, int than) {
            int weight = 0;
            for (int i = 0; i < text.length() && weight < than; i++) {
                char c = text.charAt(i);
                weight += Character.isIdeographic(c) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7AF)
                        ? 3
                        : Character.isLetter(c) ? 1 : 0;
            }
            return weight < than;
        }

        private static String shortened(String text) {
            return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
        }
    }
}
