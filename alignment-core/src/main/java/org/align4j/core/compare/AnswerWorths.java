package org.align4j.core.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import org.align4j.core.compare.judge.Judge;
import org.align4j.core.compare.judge.Judge.JudgeProgress;
import org.align4j.core.compare.judge.ScoreJudge;

/** Tells what a judge finds answers worth: their scores, or the shares of matches that they won. */
final class AnswerWorths {
    private final Map<Sampled, Double> values = new HashMap<>();
    private int asked;
    private int unusable;

    private AnswerWorths() {}

    /** Asks the judge. */
    static AnswerWorths of(
            List<List<Sampled>> several, List<AskedPrompt> prompts, Judge judge, JudgeProgress progress) {
        AnswerWorths worths = new AnswerWorths();
        if (judge instanceof ScoreJudge scores) {
            worths.score(several.stream().flatMap(List::stream).toList(), prompts, scores, progress);
        } else {
            worths.play(meetings(several), prompts, judge, progress);
        }
        return worths;
    }

    private void score(List<Sampled> answers, List<AskedPrompt> prompts, ScoreJudge judge, JudgeProgress progress) {
        List<Candidate> candidates = answers.stream()
                .map(answer -> new Candidate(prompts.get(answer.prompt()), answer.text()))
                .toList();
        List<Grade> grades = judge.grade(candidates, progress);
        asked = grades.size();
        for (int i = 0; i < grades.size(); i++) {
            Double score = grades.get(i).score();
            if (score == null) {
                unusable++;
            } else {
                values.put(answers.get(i), score);
            }
        }
    }

    /** Two answers to one prompt that meet. */
    private record Meeting(Sampled first, Sampled second) {
        Match match(AskedPrompt prompt) {
            return new Match(
                    prompt, 0, "sample " + first.sample(), "sample " + second.sample(), first.text(), second.text());
        }
    }

    private static List<Meeting> meetings(List<List<Sampled>> several) {
        List<Meeting> meetings = new ArrayList<>();
        for (List<Sampled> own : several) {
            for (int one = 0; one < own.size(); one++) {
                for (int other = one + 1; other < own.size(); other++) {
                    meetings.add(new Meeting(own.get(one), own.get(other)));
                }
            }
        }
        return meetings;
    }

    private void play(List<Meeting> meetings, List<AskedPrompt> prompts, Judge judge, JudgeProgress progress) {
        List<Ruling> rulings = judge.rule(
                meetings.stream()
                        .map(meeting -> meeting.match(prompts.get(meeting.first.prompt())))
                        .toList(),
                progress);
        Map<Sampled, Integer> counts = new HashMap<>();
        asked = rulings.size();
        for (int i = 0; i < rulings.size(); i++) {
            Double preference = rulings.get(i).preference();
            if (preference == null) {
                unusable++;
            } else {
                add(meetings.get(i).first, 1 - preference, counts);
                add(meetings.get(i).second, preference, counts);
            }
        }
        values.replaceAll((answer, sum) -> sum / Objects.requireNonNull(counts.get(answer)));
    }

    private void add(Sampled answer, double won, Map<Sampled, Integer> counts) {
        values.merge(answer, won, Double::sum);
        counts.merge(answer, 1, Integer::sum);
    }

    boolean has(Sampled answer) {
        return values.containsKey(answer);
    }

    double of(Sampled answer) {
        return Objects.requireNonNull(values.get(answer));
    }

    int asked() {
        return asked;
    }

    int unusable() {
        return unusable;
    }
}
