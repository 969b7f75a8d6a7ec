package org.align4j.desk.frontier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.JudgeOptions;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.Judges;
import org.align4j.core.compare.judge.ScoreJudge;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.figure.ScaledFigure.Basis;
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

    /**
     * Returns what the judge says of one system's answers.
     *
     * @param name of the system
     */
    ScaledFigure figure(int system, String name) {
        Basis basis = Basis.of("score", "")
                .on("judge", judge)
                .on("reading", relative ? "against the policy before training" : "each answer");
        return new ScaledFigure(name, basis, values[system]);
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
        List<Candidate> candidates = new ArrayList<>();
        List<Integer> systems = new ArrayList<>();
        for (int prompt = 0; prompt < answers.prompts().size(); prompt++) {
            for (int system = 0; system < answers.systems().size(); system++) {
                for (String text : answers.texts(system, prompt)) {
                    candidates.add(new Candidate(answers.prompts().get(prompt), text));
                    systems.add(system);
                }
            }
        }
        List<Grade> grades;
        try (Progress progress =
                log.progress(named, candidates.stream().distinct().count())) {
            grades = judge.gradeEach(candidates, progress::advance);
        }
        return IntStream.range(0, answers.systems().size())
                .mapToObj(system -> IntStream.range(0, grades.size())
                        .filter(at -> systems.get(at) == system)
                        .mapToObj(grades::get)
                        .mapToDouble(grade -> grade.score() == null ? Double.NaN : grade.score())
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double[][] compared(String named, Judge judge, MatchedAnswers answers, TrainingLog log) {
        double[] ties = answers.matches(0, 0).stream().mapToDouble(same -> TIE).toArray();
        List<Match> matches = IntStream.range(1, answers.systems().size())
                .boxed()
                .flatMap(system -> answers.matches(0, system).stream())
                .toList();
        double[] preferences;
        try (Progress progress =
                log.progress(named, matches.stream().filter(judge::isAsked).count())) {
            preferences = judge.rulings(matches, progress::advance).stream()
                    .mapToDouble(ruling -> ruling.preference() == null ? Double.NaN : ruling.preference())
                    .toArray();
        }
        double[][] values = new double[answers.systems().size()][];
        values[0] = ties;
        for (int system = 1; system < values.length; system++) {
            values[system] = Arrays.copyOfRange(preferences, (system - 1) * ties.length, system * ties.length);
        }
        return values;
    }
}
