package org.align4j.core;

import java.util.List;
import java.util.Objects;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.generate.AnswerQueue.Usage;

/**
 * An answer that a model made.
 *
 * @param text without special tokens, cut before a stop text
 * @param ids {@code [C]} tokens, the one that ended it included
 * @param endReason why it has no more tokens
 * @param usage tokens that were read and made
 * @param logProbs how likely each token was, in their order; empty where nobody asked
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
public record Generation(String text, int[] ids, EndReason endReason, Usage usage, List<Scores> logProbs) {

    static Generation of(Ended answer) {
        return new Generation(
                Objects.requireNonNull(answer.text()),
                answer.ids(),
                answer.reason(),
                answer.usage(),
                answer.tokens().stream()
                        .map(Token::scores)
                        .filter(Objects::nonNull)
                        .toList());
    }

    /** Returns whether the model came to an end of its own, rather than to the limit of its length or to a cancellation. */
    public boolean finished() {
        return endReason == AnswerQueue.EndReason.END || endReason == AnswerQueue.EndReason.STOP;
    }
}
