package org.align4j.core.compare.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.jspecify.annotations.Nullable;

/**
 * Reads both answers at once. Each match is shown in both orders, so that a liking for the first or the second place cancels out,
 * and is measured.
 */
public interface PairJudge extends Judge {
    /**
     * Chooses between answers.
     *
     * @param progress receives how many choices more are made
     * @return a choice for each, in order
     */
    List<Choice> choose(List<Presented> presented, IntConsumer progress);

    @Override
    default List<Ruling> rule(List<Match> matches, IntConsumer progress) {
        List<Presented> presented = new ArrayList<>();
        for (Match match : matches) {
            presented.add(new Presented(match.prompt(), match.firstAnswer(), match.secondAnswer()));
            presented.add(new Presented(match.prompt(), match.secondAnswer(), match.firstAnswer()));
        }
        List<Choice> choices = choose(presented, matchesOf(progress));
        List<Ruling> rulings = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            rulings.add(ruling(choices.get(2 * i), choices.get(2 * i + 1)));
        }
        return rulings;
    }

    /** Hears of choices, and reports a match when both its orders may be done. */
    private static IntConsumer matchesOf(IntConsumer progress) {
        AtomicInteger odd = new AtomicInteger();
        return choices -> progress.accept((choices + odd.getAndUpdate(left -> (left + choices) % 2)) / 2);
    }

    private static Ruling ruling(Choice firstShown, Choice secondShown) {
        Double backward = secondShown.forB();
        Ruling.Orders orders = new Ruling.Orders(firstShown.forB(), backward == null ? null : 1 - backward);
        Choice unusable = firstShown.problem() == null ? secondShown : firstShown;
        return Ruling.of(orders, unusable.problem(), unusable.reply());
    }

    /**
     * Two answers in the order in which a judge reads them.
     *
     * @param prompt what was asked
     * @param a the answer that is shown first
     * @param b the answer that is shown second
     */
    record Presented(AskedPrompt prompt, String a, String b) {}

    /**
     * Holds what a judge that reads two answers chose.
     *
     * @param forB how far it prefers the answer shown second, from 0 to 1; 0.5 is a tie; null where it says nothing usable
     * @param problem why there is no choice; null where there is one
     * @param reply what it said word for word where nothing of that is usable; null where there is a choice, or no reply
     */
    record Choice(
            @Nullable Double forB,
            @Nullable String problem,
            @Nullable String reply) {
        /** The answer shown first is better. */
        public static final Choice A = new Choice(0.0, null, null);

        /** The answer shown second is better. */
        public static final Choice B = new Choice(1.0, null, null);

        /** Neither answer is better. */
        public static final Choice TIE = new Choice(0.5, null, null);

        public Choice {
            if ((forB == null) == (problem == null)) {
                throw new IllegalArgumentException("A choice has a preference or a problem, and one of them only.");
            }
        }

        /** Makes the choice of a judge that said nothing usable. */
        public static Choice none(String problem) {
            return new Choice(null, problem, null);
        }

        /**
         * Makes the choice of a judge that said nothing usable.
         *
         * @param reply what it said
         */
        public static Choice none(String problem, String reply) {
            return new Choice(null, problem, reply);
        }
    }
}
