package org.align4j.core.compare.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.jspecify.annotations.Nullable;

/** Scores each answer by itself; the higher score wins, equal ones tie. It knows no order, and an answer is scored once. */
public interface ScoreJudge extends Judge {
    /**
     * Scores answers; more is better.
     *
     * @param candidates no two of which are equal; those to one prompt follow each other
     * @param progress receives how many answers more are done
     * @return a grade for each, in order
     */
    List<Grade> grade(List<Candidate> candidates, IntConsumer progress);

    /**
     * Scores answers of which some may be equal; each is scored once.
     *
     * @param candidates those to one prompt follow each other
     * @param progress receives how many different answers more are done
     * @return a grade for each, in order
     */
    default List<Grade> gradeEach(List<Candidate> candidates, IntConsumer progress) {
        Map<Candidate, Integer> numbers = new LinkedHashMap<>();
        candidates.forEach(candidate -> numbers.putIfAbsent(candidate, numbers.size()));
        List<Grade> grades = grade(List.copyOf(numbers.keySet()), progress);
        return candidates.stream()
                .map(candidate -> grades.get(Objects.requireNonNull(numbers.get(candidate))))
                .toList();
    }

    @Override
    default List<Ruling> rule(List<Match> matches, IntConsumer progress) {
        List<Candidate> candidates = new ArrayList<>();
        for (Match match : matches) {
            candidates.add(new Candidate(match.prompt(), match.firstAnswer()));
            candidates.add(new Candidate(match.prompt(), match.secondAnswer()));
        }
        List<Grade> grades = gradeEach(candidates, done -> {});
        List<Ruling> rulings = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            rulings.add(ruling(grades.get(2 * i), grades.get(2 * i + 1)));
            progress.accept(1);
        }
        return rulings;
    }

    private static Ruling ruling(Grade first, Grade second) {
        Double one = first.score();
        Double other = second.score();
        if (one == null || other == null) {
            return Ruling.unusable(Objects.requireNonNull(one == null ? first.problem() : second.problem()));
        }
        return Ruling.of(new Ruling.Scores(one, other));
    }

    /**
     * Holds what a judge scores per answer; more is better.
     *
     * @param score finite; null where the answer can't be scored
     * @param problem why there is no score; null where there is one
     */
    record Grade(@Nullable Double score, @Nullable String problem) {
        public Grade {
            if ((score == null) == (problem == null)) {
                throw new IllegalArgumentException("A grade has a score or a problem, and one of them only.");
            }
        }

        /** Makes a grade of a score; one that isn't finite is none. */
        public static Grade of(double score) {
            return Double.isFinite(score) ? new Grade(score, null) : none("the score is " + score);
        }

        /** Makes the grade of an answer that can't be scored. */
        public static Grade none(String problem) {
            return new Grade(null, problem);
        }
    }

    /**
     * An answer that a judge scores.
     *
     * @param prompt what was asked
     * @param answer what was said
     */
    record Candidate(AskedPrompt prompt, String answer) {}
}
