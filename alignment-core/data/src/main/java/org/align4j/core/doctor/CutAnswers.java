package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Noted;
import org.jspecify.annotations.Nullable;

/**
 * Finds answers that stop in the middle of a sentence, as those do that reached a limit of tokens. Their last character is a
 * letter, a digit or a comma, though sentences before it end as sentences do, or the last word is one that asks for another, such
 * as "the". Where the answers of a log nearly all end as sentences do, one of a single paragraph that ends in any plain word is
 * cut, too. In a pair the chosen answer counts. Headings, list items, code and tables end as they like.
 */
final class CutAnswers implements Check.InParts {
    static final Threshold THRESHOLD = new Threshold(0.05, 0.2);
    /** Shorter answers need no sentence. */
    static final int FEWEST_WORDS = 12;

    /** Shorter answers may end in any word. */
    private static final int FEWEST_OPEN = 4;
    /** Shorter paragraphs may do without a full stop. */
    private static final int FEWEST_PLAIN = 6;
    /** Fewer paragraphs don't show how the answers of a log end. */
    private static final int FEWEST_PARAGRAPHS = 50;
    /** Where at least this share of the answers of one paragraph end with punctuation, the others count as cut. */
    private static final double MOSTLY_WHOLE = 0.8;

    private static final String ADVICE =
            "A model learns to stop there too; generate the answers again with a larger --max-new-tokens, or leave the rows out"
                    + " with --fix cut-answers.";
    private static final Pattern SENTENCE_END = Pattern.compile("[.!?\u3002\uff01\uff1f\u061f\u0964]");
    private static final Pattern NO_SENTENCE = Pattern.compile("(?:[-*+\u2022#|>]|\\d{1,3}[.)]|```).*| {4}.*|\t.*");
    /** Words that no sentence ends in, of languages whose sentences end in a full stop. */
    private static final Set<String> OPEN = Set.of(
            "the", "a", "an", "and", "or", "but", "of", "my", "your", "our", "their", "its", "because", "which",
            "whose", "into", "from", "than", "if", "while", "is", "are", "was", "were", "has", "to", "with", "for",
            "in", "on", "at", "by", "as", "be", "been", "will", "would", "can", "could", "should", "that", "these",
            "those", "very", "und", "oder", "eine", "einen", "einem", "einer", "der", "dem", "des", "mit", "dass",
            "weil", "les", "une", "du", "et", "mais", "avec", "pour", "dans", "los", "las", "una", "del", "pero",
            "para");

    private static final String DOUBTFUL = "doubtful";
    private static final String PARAGRAPHS = "paragraphs";
    private static final String WHOLE = "whole";

    private final List<Sighting> found = new ArrayList<>();
    /** Rows of {@link Ending#PLAIN_WORD}, which are cut where most answers of the log end with punctuation. */
    private final List<Sighting> doubtful = new ArrayList<>();

    private int answers;
    private int paragraphs;
    private int whole;

    /** The ways in which an answer may end. */
    enum Ending {
        /** The answer stops in the middle of a sentence. */
        CUT,
        /** The answer is one paragraph whose last word is in small letters, so that it may be cut. */
        PLAIN_WORD,
        /** The answer is one paragraph that ends with punctuation. */
        WHOLE,
        /** The answer ends with a name, a number, a list item or code, which do not tell whether it is cut. */
        OTHER
    }

    @Override
    public String id() {
        return "cut-answers";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.form().written()
                || row.form().kind() == LogRow.Kind.PROMPT
                || row.form().kind() == LogRow.Kind.TEXT) {
            return NOTHING;
        }
        Ending ending = ending(row.texts().chosen());
        return () -> note(row.number(), ending);
    }

    private void note(int row, Ending ending) {
        answers++;
        switch (ending) {
            case CUT -> found.add(Sighting.of(row));
            case PLAIN_WORD -> doubtful.add(Sighting.of(row));
            case WHOLE -> whole++;
            case OTHER -> {}
        }
        paragraphs += ending == Ending.WHOLE || ending == Ending.PLAIN_WORD ? 1 : 0;
    }

    /** Returns how an answer ends. */
    static Ending ending(String answer) {
        String text = answer.stripTrailing();
        int words = words(text);
        if (text.isEmpty() || words < FEWEST_OPEN) {
            return Ending.OTHER;
        }
        String line = text.substring(text.lastIndexOf('\n') + 1);
        boolean paragraph =
                line.length() == text.length() && !NO_SENTENCE.matcher(line).matches();
        if (!stopsShort(text.codePointBefore(text.length()))) {
            return paragraph && words >= FEWEST_PLAIN ? Ending.WHOLE : Ending.OTHER;
        }
        if (words >= FEWEST_WORDS
                && !NO_SENTENCE.matcher(line).matches()
                && SENTENCE_END.matcher(text).find()) {
            return Ending.CUT;
        }
        String last = text.substring(lastSpace(text) + 1);
        if (OPEN.contains(last.toLowerCase(Locale.ROOT)) && !line.startsWith("    ")) {
            return Ending.CUT;
        }
        boolean plain = last.endsWith(",") || last.codePoints().allMatch(Character::isLowerCase);
        return paragraph && plain && words >= FEWEST_PLAIN ? Ending.PLAIN_WORD : Ending.OTHER;
    }

    private static int lastSpace(String text) {
        int place = text.length() - 1;
        while (place >= 0 && !Character.isWhitespace(text.charAt(place))) {
            place--;
        }
        return place;
    }

    private static int words(String text) {
        int words = 0;
        boolean inWord = false;
        char[] chars = text.toCharArray();
        for (char c : chars) {
            words += !inWord && !Character.isWhitespace(c) ? 1 : 0;
            inWord = !Character.isWhitespace(c);
        }
        return words;
    }

    private static boolean stopsShort(int last) {
        return Character.isLetterOrDigit(last) || last == ',';
    }

    @Override
    public Noted noted() {
        return Noted.of(answers, found)
                .plus(PARAGRAPHS, paragraphs)
                .plus(WHOLE, whole)
                .with(DOUBTFUL, doubtful);
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.counting(mark -> marksCut(all, mark)).finding(id(), THRESHOLD, ADVICE);
    }

    @Override
    public @Nullable Sighting named(Noted all, String mark, Sighting sighting) {
        return marksCut(all, mark) ? sighting : null;
    }

    private static boolean marksCut(Noted all, String mark) {
        long ofOne = all.count(PARAGRAPHS);
        return mark.equals(Noted.FOUND) || (ofOne >= FEWEST_PARAGRAPHS && all.count(WHOLE) >= MOSTLY_WHOLE * ofOne);
    }
}
