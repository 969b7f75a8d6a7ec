package org.align4j.core.compare.judge;

import org.jspecify.annotations.Nullable;

/**
 * Holds what a judge that reads two answers chose.
 *
 * @param forB how far it prefers the answer shown second, from 0 to 1; 0.5 is a tie; null where it says nothing usable
 * @param problem why there is no choice; null where there is one
 * @param reply what it said word for word where nothing of that is usable; null where there is a choice, or no reply
 */
public record Choice(
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
