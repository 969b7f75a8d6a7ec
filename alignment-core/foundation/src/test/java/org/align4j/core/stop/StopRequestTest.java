package org.align4j.core.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A request ends the work that heeds it, on its threads, and no other work. */
class StopRequestTest {
    private final StopRequest request = new StopRequest();

    private static <T> T during(StopRequest request, StopSignal.Work<T, RuntimeException> work) {
        return request.<T, RuntimeException>during(work);
    }

    @Test
    void theWorkMeetsIt() {
        assertThat(request.isRaised()).isFalse();
        assertThatThrownBy(() -> during(request, () -> {
                    StopSignal.throwIfStopped();
                    request.raise();
                    StopSignal.throwIfStopped();
                    return "went on";
                }))
                .isInstanceOf(StoppedException.class)
                .hasMessage("Stopped by a request.");
        assertThat(request.isRaised()).isTrue();
    }

    @Test
    void otherWorkGoesOn() {
        request.raise();
        assertThatCode(StopSignal::throwIfStopped).doesNotThrowAnyException();
        String within = during(new StopRequest(), () -> {
            StopSignal.throwIfStopped();
            return "other";
        });
        assertThat(within).isEqualTo("other");
    }

    @Test
    void whatMustBeWholeIsDoneFirst() {
        assertThatThrownBy(() -> during(request, () -> {
                    String whole = StopSignal.<String, RuntimeException>defer(() -> {
                        request.raise();
                        StopSignal.throwIfStopped();
                        return "whole";
                    });
                    assertThat(whole).isEqualTo("whole");
                    StopSignal.throwIfStopped();
                    return whole;
                }))
                .isInstanceOf(StoppedException.class);
    }

    /** A thread that the work starts heeds the request as long as the work goes on, and never after. */
    @Test
    void itsThreadsMeetIt() throws Exception {
        ExecutorService threads = during(request, Executors::newSingleThreadExecutor);
        try {
            Future<?> first = during(request, () -> {
                Future<?> started = threads.submit(() -> {});
                join(started);
                request.raise();
                return threads.submit(StopSignal::throwIfStopped);
            });
            assertThat(first).isNotNull();
            Future<?> after = threads.submit(StopSignal::throwIfStopped);
            assertThatCode(after::get).doesNotThrowAnyException();
        } finally {
            threads.shutdownNow();
        }
        assertThatThrownBy(() -> during(request, () -> {
                    ExecutorService own = Executors.newSingleThreadExecutor();
                    try {
                        join(own.submit(StopSignal::throwIfStopped));
                        return "went on";
                    } finally {
                        own.shutdownNow();
                    }
                }))
                .hasRootCauseInstanceOf(StoppedException.class);
    }

    private static void join(Future<?> work) {
        try {
            work.get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
