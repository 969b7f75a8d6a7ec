package org.align4j.core.compare.judge;

import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.judge.ScoreJudge.Candidate;
import org.align4j.core.compare.judge.ScoreJudge.Grade;

/** Scores an answer by its characters. */
public final class LongerWins implements ScoreJudge {
    @Override
    public List<Grade> grade(List<Candidate> candidates, IntConsumer progress) {
        progress.accept(candidates.size());
        return candidates.stream()
                .map(each -> each.answer().equals("(nothing)")
                        ? Grade.none("empty answer")
                        : Grade.of(each.answer().length()))
                .toList();
    }
}
