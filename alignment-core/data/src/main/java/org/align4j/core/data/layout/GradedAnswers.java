package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.jspecify.annotations.Nullable;

/** Makes pairs of the graded answers of one row. */
final class GradedAnswers {
    private static final String ONE_PAIR = "several answers give one pair, the best against the worst";

    private final Fields row;
    private final String key;
    private final List<Answer> answers = new ArrayList<>();

    /** @param key where the row has its answers, for messages */
    public GradedAnswers(Fields row, String key) {
        this.row = row;
        this.key = key;
    }

    private record Answer(Object says, double grade) {}

    /**
     * Adds an answer with its grade.
     *
     * @param says text or messages
     * @param grade a higher one is better
     */
    public void add(Object says, double grade) {
        answers.add(new Answer(says, grade));
    }

    /**
     * Returns the pairs of these answers; a tie where both of a pair, or all answers, are graded alike.
     *
     * @param prompt text or messages; null where the answers hold it
     */
    public List<Map<String, @Nullable Object>> pairs(@Nullable Object prompt, Pairing pairing) {
        if (answers.size() < 2) {
            throw row.error(
                    key,
                    "has " + answers.size() + " graded answer" + (answers.size() == 1 ? "" : "s")
                            + " but a preference needs two.");
        }
        List<Answer> ranked = new ArrayList<>(answers);
        ranked.sort(Comparator.comparingDouble(Answer::grade).reversed());
        Answer best = ranked.get(0);
        Answer worst = ranked.get(ranked.size() - 1);
        if (best.grade == worst.grade) {
            return List.of(tie(prompt, best, worst));
        }
        if (pairing == Pairing.BEST_WORST) {
            if (ranked.size() > 2) {
                row.note(ONE_PAIR);
            }
            return List.of(pair(prompt, best, worst));
        }
        List<Map<String, @Nullable Object>> pairs = new ArrayList<>();
        for (Pairing.Places places : pairing.places(ranked.size())) {
            Answer better = ranked.get(places.better());
            Answer worse = ranked.get(places.worse());
            boolean equal = better.grade == worse.grade;
            pairs.add(equal ? tie(prompt, better, worse) : pair(prompt, better, worse));
        }
        return pairs;
    }

    private Map<String, @Nullable Object> tie(@Nullable Object prompt, Answer one, Answer other) {
        Map<String, @Nullable Object> tie = RowParts.pair(prompt, one.says, other.says);
        tie.put("tie", true);
        return row.with(tie);
    }

    private Map<String, @Nullable Object> pair(@Nullable Object prompt, Answer better, Answer worse) {
        Map<String, @Nullable Object> pair = RowParts.pair(prompt, better.says, worse.says);
        pair.put("difference", better.grade - worse.grade);
        return row.with(pair);
    }
}
