package org.align4j.serve.chat;

import java.util.Optional;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.ShapedTokens;
import org.align4j.core.policy.Policy;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory that answers.
 *
 * @param queue where its requests wait
 * @param variant of the queue: the base, or an adapter on it
 * @param voice how it reads and writes
 * @param vectors of texts, as the same weights read them
 * @param maxLength tokens that prompt and answer may have together
 */
public record ChatModel(AnswerQueue queue, AnswerQueue.Variant variant, Voice voice, Vectors vectors, int maxLength) {

    /** Computes the mean of the last hidden states over a text's tokens. */
    @FunctionalInterface
    public interface Vectors {
        /** Returns the mean {@code [H]} over tokens {@code [N]}; may be called from several threads. */
        double[] mean(int[] tokens);

        /** Returns the vectors of a model in memory. */
        static Vectors of(Policy policy) {
            return policy::meanState;
        }
    }

    /** How a base model and all adapters on it read and write: tokenizer, template, and what was found out about them when first asked. */
    public static final class Voice {
        private final TextEncoder text;
        private boolean callsKnown;
        private Optional<CallForm> calls = Optional.empty();
        private @Nullable ShapedTokens tokens;

        Voice(TextEncoder text) {
            this.text = text;
        }

        /** Returns what makes tokens of messages and of text. */
        public TextEncoder text() {
            return text;
        }

        /** Returns how the model calls functions; empty where it can't, or in a form that isn't known here. */
        public synchronized Optional<CallForm> calls() {
            if (!callsKnown) {
                calls = CallForm.of(text);
                callsKnown = true;
            }
            return calls;
        }

        /** Returns what holds answers to a shape. */
        public synchronized ShapedTokens tokens() {
            ShapedTokens known = tokens;
            if (known == null) {
                known = new ShapedTokens(text.tokenizer());
                tokens = known;
            }
            return known;
        }
    }
}
