package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OrderedTasksTest {
    @Test
    void resultsComeInTheOrderOfTheTasksInTheCallersThread() {
        List<Integer> results = new ArrayList<>();
        List<Thread> by = new ArrayList<>();
        try (OrderedTasks threads = new OrderedTasks(3, "test")) {
            OrderedTasks.Queue<Integer> queue = threads.queue(2, 4, result -> {
                results.add(result);
                by.add(Thread.currentThread());
            });
            IntStream.range(0, 101).forEach(i -> queue.add(() -> i));
            queue.finish();
        }
        assertThat(results)
                .containsExactlyElementsOf(IntStream.range(0, 101).boxed().toList());
        assertThat(by).containsOnly(Thread.currentThread());
    }

    @Test
    void tasksAheadAreBounded() {
        AtomicInteger done = new AtomicInteger();
        try (OrderedTasks threads = new OrderedTasks(1, "test")) {
            OrderedTasks.Queue<Integer> queue = threads.queue(1, 2, result -> done.incrementAndGet());
            for (int i = 0; i < 10; i++) {
                queue.add(() -> 0);
                assertThat(done.get()).isGreaterThanOrEqualTo(i - 1);
            }
        }
    }

    @Test
    void theFirstFailureInTheirOrderIsThrown() {
        CountDownLatch secondFailed = new CountDownLatch(1);
        try (OrderedTasks threads = new OrderedTasks(2, "test")) {
            OrderedTasks.Queue<Integer> queue = threads.queue(1, 4, result -> {});
            queue.add(() -> {
                await(secondFailed);
                throw new IllegalStateException("first");
            });
            queue.add(() -> {
                secondFailed.countDown();
                throw new IllegalStateException("second");
            });
            assertThatThrownBy(queue::finish).hasMessage("first");
        }
    }

    @Test
    void tasksSideBySideHaveAllEndedWhenOneFails() {
        AtomicInteger ended = new AtomicInteger();
        try (OrderedTasks threads = new OrderedTasks(1, "test")) {
            assertThatThrownBy(() -> threads.together(List.of(
                            () -> {
                                throw new IllegalStateException("own");
                            },
                            ended::incrementAndGet)))
                    .hasMessage("own");
        }
        assertThat(ended.get()).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One thread is through with a task of the first queue before it is with one of the second. */
    @Test
    void noTaskAfterOneThatFailedIsBegun() {
        List<String> begun = Collections.synchronizedList(new ArrayList<>());
        try (OrderedTasks threads = new OrderedTasks(1, "test")) {
            OrderedTasks.Queue<String> queue = threads.queue(1, 10, result -> {});
            queue.add(() -> {
                throw new IllegalStateException("failed");
            });
            queue.add(() -> {
                begun.add("after it");
                return "";
            });
            assertThatThrownBy(queue::finish).isInstanceOf(IllegalStateException.class);
            OrderedTasks.Queue<String> other = threads.queue(1, 10, begun::add);
            other.add(() -> "another queue's");
            other.finish();
        }
        assertThat(begun).containsExactly("another queue's");
    }
}
