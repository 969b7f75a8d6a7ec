package org.align4j.core.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.Ruling;

/** Scores each answer by itself; the higher score wins, equal ones tie. It knows no order, and an answer is scored once. */
public interface ScoreJudge extends Judge {
    /**
     * Scores answers; more is better.
     *
     * @param candidates no two of which are equal; those to one prompt follow each other
     * @param progress hears of each answer that is done
     * @return a grade for each, in order
     */
    List<Grade> grade(List<Candidate> candidates, JudgeProgress progress);

    @Override
    default List<Ruling> rule(List<Match> matches, JudgeProgress progress) {
        Map<Candidate, Integer> numbers = new LinkedHashMap<>();
        for (Match match : matches) {
            numbers.putIfAbsent(new Candidate(match.prompt(), match.firstAnswer()), numbers.size());
            numbers.putIfAbsent(new Candidate(match.prompt(), match.secondAnswer()), numbers.size());
        }
        List<Grade> grades = grade(List.copyOf(numbers.keySet()), JudgeProgress.UNHEARD);
        List<Ruling> rulings = new ArrayList<>();
        for (Match match : matches) {
            Grade first = grades.get(number(numbers, match, match.firstAnswer()));
            Grade second = grades.get(number(numbers, match, match.secondAnswer()));
            rulings.add(ruling(first, second));
            progress.done(1);
        }
        return rulings;
    }

    private static int number(Map<Candidate, Integer> numbers, Match match, String answer) {
        return Objects.requireNonNull(numbers.get(new Candidate(match.prompt(), answer)));
    }

    private static Ruling ruling(Grade first, Grade second) {
        Double one = first.score();
        Double other = second.score();
        if (one == null || other == null) {
            return Ruling.unusable(Objects.requireNonNull(one == null ? first.problem() : second.problem()));
        }
        return Ruling.of(new Ruling.Scores(one, other));
    }
}
