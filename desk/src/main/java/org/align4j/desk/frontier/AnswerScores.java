package org.align4j.desk.frontier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;

/**
 * What a judge says of every answer, more being better.
 *
 * @param judge as it was named
 * @param relative whether it reads two answers: then a score is how far an answer is preferred to that of the policy before training, 0.5 a tie
 * @param values {@code [systems][B]}, the answers to a prompt following each other; NaN where it said nothing usable
 */
@SuppressWarnings("ArrayRecordComponent")
record AnswerScores(String judge, boolean relative, double[][] values) {
    private static final double TIE = 0.5;

    /**
     * Asks a judge.
     *
     * @param answers of the policy before training first, with as many answers to each prompt as every other system
     * @throws org.align4j.core.error.RunException where too little of what it says is usable
     */
    static AnswerScores of(String named, MatchedAnswers answers, JudgeSetting setting) {
        try (Judge judge = Judges.open(named, setting)) {
            boolean relative = !(judge instanceof ScoreJudge);
            double[][] values = judge instanceof ScoreJudge scores
                    ? scored(named, scores, answers, setting.log())
                    : compared(named, judge, answers, setting.log());
            if (!judge.cost().isEmpty()) {
                setting.log().note("Note: " + judge.cost());
            }
            requireUsable(named, values, setting.options());
            return new AnswerScores(named, relative, values);
        }
    }

    private static void requireUsable(String named, double[][] values, JudgeOptions options) {
        long all = Arrays.stream(values).mapToLong(own -> own.length).sum();
        long unusable = Arrays.stream(values)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isNaN)
                .count();
        options.requireUsable(named, unusable, all, "");
    }

    private static double[][] scored(String named, ScoreJudge judge, MatchedAnswers answers, TrainingLog log) {
        Map<Candidate, Integer> numbers = new LinkedHashMap<>();
        List<List<Integer>> found = answers.systems().stream()
                .<List<Integer>>map(system -> new ArrayList<>())
                .toList();
        for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
            for (int system = 0; system < found.size(); system++) {
                for (String text : answers.texts(system, prompt)) {
                    Candidate candidate = new Candidate(answers.prompts().get(prompt), text);
                    numbers.putIfAbsent(candidate, numbers.size());
                    found.get(system).add(Objects.requireNonNull(numbers.get(candidate)));
                }
            }
        }
        List<Grade> grades;
        try (Progress progress = log.progress(named, numbers.size())) {
            grades = judge.grade(List.copyOf(numbers.keySet()), progress::advance);
        }
        return found.stream()
                .map(own -> own.stream()
                        .map(grades::get)
                        .mapToDouble(grade -> grade.score() == null ? Double.NaN : grade.score())
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double[][] compared(String named, Judge judge, MatchedAnswers answers, TrainingLog log) {
        double[][] values = new double[answers.systems().size()][];
        List<Match> asked = new ArrayList<>();
        for (int system = 0; system < values.length; system++) {
            List<Match> matches = answers.matches(0, system);
            values[system] = new double[matches.size()];
            Arrays.fill(values[system], TIE);
            asked.addAll(
                    system == 0
                            ? List.of()
                            : matches.stream().filter(match -> !match.same()).toList());
        }
        List<Ruling> rulings;
        try (Progress progress = log.progress(named, asked.size())) {
            rulings = judge.rule(asked, progress::advance);
        }
        int next = 0;
        for (int system = 1; system < values.length; system++) {
            List<Match> matches = answers.matches(0, system);
            for (int i = 0; i < values[system].length; i++) {
                if (!matches.get(i).same()) {
                    Double preference = rulings.get(next++).preference();
                    values[system][i] = preference == null ? Double.NaN : preference;
                }
            }
        }
        return values;
    }
}
