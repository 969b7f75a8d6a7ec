package org.align4j.core.compare.judge;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.Ruling;

/**
 * Reads both answers at once. Each match is shown in both orders, so that a liking for the first or the second place cancels out,
 * and is measured.
 */
public interface PairJudge extends Judge {
    /**
     * Chooses between answers.
     *
     * @param progress hears of each choice that is made
     * @return a choice for each, in order
     */
    List<Choice> choose(List<Presented> presented, JudgeProgress progress);

    @Override
    default List<Ruling> rule(List<Match> matches, JudgeProgress progress) {
        List<Presented> presented = new ArrayList<>();
        for (Match match : matches) {
            presented.add(new Presented(match.prompt(), match.firstAnswer(), match.secondAnswer()));
            presented.add(new Presented(match.prompt(), match.secondAnswer(), match.firstAnswer()));
        }
        List<Choice> choices = choose(presented, new Halves(progress)::done);
        List<Ruling> rulings = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            rulings.add(ruling(choices.get(2 * i), choices.get(2 * i + 1)));
        }
        return rulings;
    }

    private static Ruling ruling(Choice firstShown, Choice secondShown) {
        Double backward = secondShown.forB();
        Ruling.Orders orders = new Ruling.Orders(firstShown.forB(), backward == null ? null : 1 - backward);
        Choice unusable = firstShown.problem() == null ? secondShown : firstShown;
        return Ruling.of(orders, unusable.problem(), unusable.reply());
    }
}
