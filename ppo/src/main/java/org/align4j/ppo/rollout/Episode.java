package org.align4j.ppo.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Completion.EndReason;
import org.jspecify.annotations.Nullable;

/**
 * Holds what policy and environment said in turn: the policy's turns are learnt from, what the environment wrote between them is read only.
 *
 * @param prompt with what the environment added to it
 * @param sample the episode's number among those to this prompt, from 0
 * @param turns at least one
 * @param ending why there are no more
 * @param error what the environment did wrong, where it failed; null elsewhere
 */
public record Episode(
        PromptTokens prompt,
        int sample,
        List<Turn> turns,
        Ending ending,
        @Nullable String error) {
    /** Why an episode has no more turns. */
    public enum Ending {
        /** The environment said so. */
        DONE,
        /** The environment failed. */
        FAILED,
        /** The last turn ran into the limit of its length. */
        CUT,
        /** There were as many turns as may be. */
        TURNS,
        /** There was no room for another turn. */
        TOKENS
    }

    /**
     * A turn of the policy and what came of it.
     *
     * @param ids {@code [T]} tokens that the policy drew
     * @param action their text
     * @param reward of the turn
     * @param observation what the environment answered
     * @param between {@code [E]} tokens of that answer before the next turn; none after the last turn
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record Turn(int[] ids, String action, double reward, String observation, int[] between) {}

    /** Takes a copy. */
    public Episode {
        turns = List.copyOf(turns);
    }

    /** Returns the tokens after the prompt, the policy's and the environment's. */
    public int[] ids() {
        return turns.stream()
                .flatMapToInt(turn -> Arrays.stream(TurnTokens.join(turn.ids(), turn.between())))
                .toArray();
    }

    /** {@code [ids]} which of {@link #ids} the policy drew. */
    public boolean[] own() {
        boolean[] own = new boolean[ids().length];
        int at = 0;
        for (Turn turn : turns) {
            Arrays.fill(own, at, at + turn.ids().length, true);
            at += turn.ids().length + turn.between().length;
        }
        return own;
    }

    /** Returns the sum of the turns' rewards. */
    public double reward() {
        return turns.stream().mapToDouble(Turn::reward).sum();
    }

    /** Returns the tokens that the policy drew in each turn. */
    public int[] lengths() {
        return turns.stream().mapToInt(turn -> turn.ids().length).toArray();
    }

    /** Returns the whole episode as one response: all tokens after the prompt, and what both sides said, line by line. */
    public Completion response() {
        List<String> said = new ArrayList<>();
        for (Turn turn : turns) {
            said.add(turn.action().strip());
            said.add(turn.between().length == 0 ? "" : turn.observation().strip());
        }
        String text = said.stream().filter(words -> !words.isEmpty()).collect(Collectors.joining("\n"));
        return new Completion(prompt, sample, ids(), text, ending == Ending.DONE ? EndReason.END : EndReason.LENGTH);
    }
}
