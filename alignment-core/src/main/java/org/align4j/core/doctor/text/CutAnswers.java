package org.align4j.core.doctor.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.doctor.log.LogRow;

/**
 * Answers that stop in the middle of a sentence, as those do that reached a limit of tokens: the last character is a letter, a
 * digit or a comma, though sentences before it end as sentences do. In a pair the chosen answer counts. Headings, list items,
 * code and tables end as they like.
 */
public final class CutAnswers implements Check {
    static final Threshold THRESHOLD = new Threshold(0.05, 0.2);
    /** Shorter answers need no sentence. */
    static final int FEWEST_WORDS = 12;

    private static final String ADVICE =
            "A model learns to stop there too; generate the answers again with a larger --max-new-tokens, or leave the rows out"
                    + " with --fix cut-answers.";
    private static final Pattern SENTENCE_END = Pattern.compile("[.!?\u3002\uff01\uff1f\u061f\u0964]");
    private static final Pattern NO_SENTENCE = Pattern.compile("(?:[-*+\u2022#|>]|\\d{1,3}[.)]|```).*| {4}.*|\t.*");

    private final List<Sighting> found = new ArrayList<>();
    private int answers;

    @Override
    public String id() {
        return "cut-answers";
    }

    @Override
    public Runnable look(LogRow row) {
        if (!row.written() || row.kind() == LogRow.Kind.PROMPT || row.kind() == LogRow.Kind.TEXT) {
            return NOTHING;
        }
        boolean cut = isCut(row.texts().chosen());
        return () -> {
            answers++;
            if (cut) {
                found.add(Sighting.of(row.number()));
            }
        };
    }

    static boolean isCut(String answer) {
        String text = answer.stripTrailing();
        if (text.isEmpty() || !stopsShort(text.codePointBefore(text.length())) || words(text) < FEWEST_WORDS) {
            return false;
        }
        String line = text.substring(text.lastIndexOf('\n') + 1);
        return !NO_SENTENCE.matcher(line).matches()
                && SENTENCE_END.matcher(text).find();
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
    public Optional<Finding> finding() {
        return answers == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id(), THRESHOLD, answers, found, ADVICE));
    }
}
