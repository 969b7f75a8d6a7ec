package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.TinyPolicies;
import org.junit.jupiter.api.Test;

/** Requests that come and go: each has its own settings, and its answer doesn't depend on the others. */
class AnswerQueueTest {
    private static final int MAX_LENGTH = 100;
    private static final Limits LIMITS = new Limits(100, 8, 1L << 24, Duration.ofSeconds(10));

    @Test
    void answersWithAllTokensAndTheirScores() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), MAX_LENGTH, LIMITS)) {
            int[] prompt = {5, 9, 7};
            Heard heard = new Heard();
            queue.submit(new Request(queue.base(), prompt, GenerationSettings.greedy(12), 3, null), heard);
            Ended answer = heard.awaited();
            Generator closed = new Generator(base, base, AnswerEnds.ofTokens(), MAX_LENGTH);
            assertThat(answer.ids())
                    .isEqualTo(closed.generate(
                                    List.of(new PromptTokens(0, prompt, null)), GenerationSettings.greedy(12))
                            .get(0)
                            .ids());
            assertThat(answer.tokens()).allSatisfy(token -> {
                assertThat(token.scores().alternatives()).hasSize(3);
                assertThat(token.scores().alternatives().get(0).id()).isEqualTo(token.id());
                assertThat(token.scores().alternatives().get(0).logProb())
                        .isEqualTo(token.scores().logProb());
            });
            assertThat(heard.pieces.stream().flatMap(piece -> piece.tokens().stream()))
                    .extracting(Token::id)
                    .containsExactlyElementsOf(
                            answer.tokens().stream().map(Token::id).toList());
            assertThat(answer.usage().answerTokens()).isEqualTo(12);
            assertThat(answer.reason()).isEqualTo(AnswerQueue.EndReason.LENGTH);
        }
    }
}
