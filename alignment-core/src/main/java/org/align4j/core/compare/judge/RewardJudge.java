package org.align4j.core.compare.judge;

import org.align4j.core.compare.judge.Judge.JudgeProgress;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;

/** Scores answers by a reward. An answer that the reward can't score, such as one that is too long for it, has no grade. */
final class RewardJudge implements ScoreJudge {
    private static final int WINDOW = 256;

    private final RewardFunction reward;
    private final CandidateTokens tokens;

    RewardJudge(RewardFunction reward, CandidateTokens tokens) {
        this.reward = reward;
        this.tokens = tokens;
    }

    @Override
    public List<Grade> grade(List<Candidate> candidates, JudgeProgress progress) {
        List<Grade> grades = new ArrayList<>();
        for (int from = 0; from < candidates.size(); from += WINDOW) {
            List<Candidate> window = candidates.subList(from, Math.min(candidates.size(), from + WINDOW));
            grades.addAll(window(window));
            progress.done(window.size());
        }
        return grades;
    }

    /** Scores some answers at once; where the reward refuses, one by one, to tell which. */
    private List<Grade> window(List<Candidate> candidates) {
        try {
            List<Completion> completions =
                    candidates.stream().map(tokens::completion).toList();
            List<Grade> grades = new ArrayList<>();
            for (double score : reward.scores(completions)) {
                grades.add(Grade.of(score));
            }
            return grades;
        } catch (InputException refused) {
            return candidates.size() == 1
                    ? List.of(Grade.none(String.valueOf(refused.getMessage())))
                    : candidates.stream()
                            .flatMap(candidate -> window(List.of(candidate)).stream())
                            .toList();
        }
    }

    @Override
    public void close() {
        reward.close();
    }
}
