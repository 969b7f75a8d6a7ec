package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.jspecify.annotations.Nullable;

/**
 * The verdict of one annotator on the answers to a prompt, before it is made into pairs.
 *
 * @param row the row that the annotation is from, which adds what else it holds
 * @param shown what was shown
 * @param beside what comes with the annotation: who made it, and when
 */
record Annotation(Fields row, ShownAnswers shown, Map<String, Object> beside) {
    /** The pair of a verdict: of several answers the one that it names against each other one. */
    List<Map<String, @Nullable Object>> ofVerdict(int named) {
        List<Map<String, @Nullable Object>> pairs = new ArrayList<>();
        if (shown.texts().size() == 2 || named == ShownAnswers.TIE) {
            Duel.Vote vote =
                    named == ShownAnswers.TIE ? Duel.Vote.NEITHER : named == 0 ? Duel.Vote.FIRST : Duel.Vote.SECOND;
            pairs.addAll(shown.duel().decided(vote, row));
        } else {
            Object best = shown.texts().get(named);
            for (Object other : shown.texts()) {
                if (other != best) {
                    pairs.addAll(new Duel(shown.prompt(), best, other).decided(Duel.Vote.FIRST, row));
                }
            }
        }
        return complete(pairs);
    }

    /** The pairs of grades, a higher one better, in the order of the answers; one that has none is left out. */
    List<Map<String, @Nullable Object>> ofGrades(List<@Nullable Double> grades, String key, Pairing pairing) {
        GradedAnswers answers = new GradedAnswers(row, key);
        for (int i = 0; i < grades.size(); i++) {
            Double grade = grades.get(i);
            if (grade != null) {
                answers.add(shown.texts().get(i), grade);
            }
        }
        return complete(answers.pairs(shown.prompt(), pairing));
    }

    /** Takes out what was shown and the judgements, which the pair says, and adds who made it. */
    private List<Map<String, @Nullable Object>> complete(List<Map<String, @Nullable Object>> pairs) {
        List<Map<String, @Nullable Object>> complete = new ArrayList<>();
        for (Map<String, @Nullable Object> pair : pairs) {
            Map<String, @Nullable Object> whole = new LinkedHashMap<>(pair);
            whole.putAll(beside);
            complete.add(whole);
        }
        return complete;
    }
}
