package org.align4j.core.generate;

import java.util.List;
import org.align4j.core.generate.AnswerQueue.Alternative;

/**
 * Says how likely a model finds the tokens of a prompt, each after those before it: what a request's {@link AskedScores} asked for, and nothing
 * where it asked for nothing. A token that was drawn has the log-probability, bit for bit, that reading it gives, where the variant is
 * {@linkplain AnswerQueue.Variant#exact exact}.
 *
 * @param logProbs {@code [P]} in nats; NaN for the first token, which follows nothing
 * @param alternatives {@code [P]} the likeliest tokens at each place, likeliest first; none at the first
 * @param following {@code [P][…]} the log-probabilities of the tokens asked for after each token of the prompt
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
public record PromptScores(float[] logProbs, List<List<Alternative>> alternatives, float[][] following) {
    /** Scores of a prompt of which none were asked. */
    static final PromptScores NONE = new PromptScores(new float[0], List.of(), new float[0][]);
}
