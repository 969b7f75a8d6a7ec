package org.align4j.core.data;

import java.io.Serializable;
import java.util.List;
import java.util.function.IntPredicate;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** A row as the model reads it: token ids, nothing left to decide. */
public sealed interface TokenRow extends Serializable
        permits PairTokens, CompletionTokens, StepTokens, TextTokens, PromptTokens {

    /** Returns the row's number over the whole input, from 0. */
    int row();

    /** Returns the tokens the model reads and does not learn from; for a text those before the first trained one. */
    int[] prompt();

    /** Returns the tokens of all its sequences, with the prompt once. */
    int tokens();

    /** Lists the row's parts in their order: the prompt and each answer, or the whole text. */
    List<TokenPart> parts();

    /** Lists the answers to the prompt; a text and a prompt alone have none. */
    default List<TokenPart> answers() {
        return parts().stream().skip(1).toList();
    }

    /** Counts the tokens of the longest sequence: the prompt and its longest answer. */
    default int longest() {
        return tokens();
    }

    /**
     * Cuts the end of each answer off, so that no sequence has more tokens than {@code length}.
     *
     * @param length above that of the prompt
     * @return null where nothing is left to learn from
     */
    @Nullable
    TokenRow keepStart(int length);

    /**
     * Cuts the start of the prompt off, so that no sequence has more tokens than {@code length}.
     *
     * @return null where nothing is left of the prompt, or of what is learned from
     */
    @Nullable
    TokenRow keepEnd(int length);

    /**
     * A named stretch of a row: its prompt, an answer, or a whole text.
     *
     * @param name the column that it comes from, such as {@code chosen}
     * @param ids token ids
     * @param trained whether the model learns from the token at a place of the part
     */
    @SuppressWarnings("ArrayRecordComponent") // a view of a row, never compared
    record TokenPart(String name, int[] ids, IntPredicate trained) {

        /** Names a prompt, from which nothing is learned. */
        static TokenPart prompt(int[] ids) {
            return new TokenPart("prompt", ids, place -> false);
        }

        /** Names an answer, every token of which is learned from. */
        static TokenPart answer(String name, int[] ids) {
            return new TokenPart(name, ids, place -> true);
        }

        /** Writes the name and the ids, long ones shortened. */
        @Override
        public String toString() {
            return "TokenPart[" + name + " " + Shortened.ids(ids) + "]";
        }
    }
}
