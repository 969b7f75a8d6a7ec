package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** Answers are dealt by their order alone, and made side by side. */
class DecodeWorkersTest {
    private static DecodeWorkers<String> distribute(int prompts, int samples, int workers) {
        List<PromptTokens> asked = IntStream.range(0, prompts)
                .mapToObj(row -> new PromptTokens(row, new int[] {3}, null))
                .toList();
        return DecodeWorkers.distribute(asked, samples, workers, (prompt, sample) -> prompt.row() + "." + sample);
    }

    @Test
    void answersOfOnePromptGoToOneThread() {
        assertThat(distribute(3, 2, 2).waiting().stream().map(List::copyOf))
                .containsExactly(List.of("0.0", "0.1", "2.0", "2.1"), List.of("1.0", "1.1"));
    }

    @Test
    void answersOfTooFewPromptsAreParted() {
        assertThat(distribute(1, 5, 2).waiting().stream().map(List::copyOf))
                .containsExactly(List.of("0.0", "0.1", "0.2"), List.of("0.3", "0.4"));
    }

    @Test
    void eachThreadDoesItsOwn() {
        CountDownLatch all = new CountDownLatch(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        distribute(3, 1, 3).run(waiting -> {
            threads.add(Thread.currentThread());
            all.countDown();
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(threads).hasSize(3).contains(Thread.currentThread());
    }

    @Test
    void whatOneThrowsEndsTheOthers() {
        DecodeWorkers<String> workers = distribute(2, 1, 2);
        CountDownLatch ended = new CountDownLatch(1);
        assertThatThrownBy(() -> workers.run(waiting -> {
                    if (waiting.contains("1.0")) {
                        throw new InputException("the second");
                    }
                    while (!workers.haveFailed()) {
                        Thread.onSpinWait();
                    }
                    ended.countDown();
                }))
                .isInstanceOf(InputException.class)
                .hasMessage("the second");
        assertThat(ended.getCount()).isZero();
    }
}
