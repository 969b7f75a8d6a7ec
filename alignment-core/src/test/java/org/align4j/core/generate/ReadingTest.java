package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Limits;
import org.align4j.core.generate.AnswerQueue.Request;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.TinyPolicies;
import org.junit.jupiter.api.Test;

/** A queue says how likely the tokens of a text are, and what might have followed them. */
class ReadingTest {
    private static final Limits LIMITS = new Limits(4000, 8, 1L << 28, Duration.ofSeconds(60));

    private static Heard ask(AnswerQueue queue, Request request) {
        Heard heard = new Heard();
        queue.submit(request, heard);
        return heard;
    }

    @Test
    void tellsTokensThatMightHaveFollowed() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            int[] prompt = {5, 9, 7, 11, 4};
            int[][] following = {{9}, {}, {11, 3}, {4}, {8, 9, 10}};
            AskedScores all = new AskedScores(AskedScores.NONE, 2, following);
            PromptScores told = ask(queue, Request.reading(queue.base(), prompt, all))
                    .awaited()
                    .prompt();
            assertThat(told.following()[0]).containsExactly(told.logProbs()[1]);
            assertThat(told.following()[1]).isEmpty();
            assertThat(told.following()[2][0]).isEqualTo(told.logProbs()[3]);
            assertThat(told.following()[3]).containsExactly(told.logProbs()[4]);
            assertThat(told.following()[4]).hasSize(3).doesNotContain(0f);
            assertThat(told.alternatives()).hasSize(5);
            assertThat(told.alternatives().get(0)).isEmpty();
            assertThat(told.alternatives().get(1)).hasSize(2);
            assertThatThrownBy(() -> ask(
                            queue, Request.reading(queue.base(), prompt, AskedScores.ofFollowing(new int[][] {{1}}))))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("a list for each token");
            assertThatThrownBy(() -> AskedScores.ofPrompt(21)).hasMessageContaining("from 0 to 20");
        }
    }

    @Test
    void endsAtStopTokens() throws Exception {
        try (BaseModel base = TinyPolicies.base("llama", Dtype.F32);
                AnswerQueue queue = new AnswerQueue(base, AnswerEnds.ofTokens(), 100, LIMITS)) {
            int[] prompt = {5, 9, 7, 11, 4};
            GenerationSettings settings = new GenerationSettings(30, new Sampling(1.2, 0, 1), 1, 3, List.of(), true);
            Ended free = ask(queue, new Request(queue.base(), prompt, settings)).awaited();
            int stop = free.ids()[7];
            int first = IntStream.of(free.ids()).boxed().toList().indexOf(stop);
            Ended stopped = ask(
                            queue, new Request(queue.base(), prompt, settings, AskedScores.NOTHING, null, stop, 999))
                    .awaited();
            assertThat(stopped.reason()).isEqualTo(EndReason.STOP);
            assertThat(stopped.ids()).isEqualTo(Arrays.copyOf(free.ids(), first + 1));
            assertThat(stopped.stop()).isNull();
        }
    }
}
