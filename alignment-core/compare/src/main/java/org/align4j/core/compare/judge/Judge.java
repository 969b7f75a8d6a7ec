package org.align4j.core.compare.judge;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.Match;

/**
 * Says which of two answers to a prompt is better. {@link ScoreJudge} scores each answer by itself, {@link PairJudge} reads both at
 * once, in either order; implement one of them. A class with a public constructor without parameters is a judge by its name, {@code
 * --judge class:com.example.Politeness}, where ALIGN4J_CLASSPATH names its jar or folder.
 */
public interface Judge extends AutoCloseable {
    /**
     * Returns a judge's preference in each match.
     *
     * @param matches whose two answers differ, unless {@link #rulesOnEqualAnswers}
     * @param progress receives how many matches more are done
     * @return a ruling for each match, in order
     */
    List<Ruling> rule(List<Match> matches, IntConsumer progress);

    /** Returns whether a match is for this judge to rule on; one that isn't is a tie. */
    default boolean isAsked(Match match) {
        return rulesOnEqualAnswers() || !match.same();
    }

    /**
     * Returns a ruling for each match, in order: this judge's, and a tie where it isn't asked.
     *
     * @param progress receives how many matches more are done of those that it is asked
     */
    default List<Ruling> rulings(List<Match> matches, IntConsumer progress) {
        Iterator<Ruling> asked =
                rule(matches.stream().filter(this::isAsked).toList(), progress).iterator();
        List<Ruling> rulings = new ArrayList<>();
        matches.forEach(match -> rulings.add(isAsked(match) ? asked.next() : Ruling.of(0.5)));
        return rulings;
    }

    /** Returns whether matches of equal answers are for this judge to rule on; where not, they are ties unasked. */
    default boolean rulesOnEqualAnswers() {
        return false;
    }

    /** Says in a sentence what asking cost, once all matches are ruled on; empty where there is nothing to tell. */
    default String cost() {
        return "";
    }

    /** Frees what the judge holds. */
    @Override
    default void close() {}
}
