package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private static final int THREADS = 2;

    /** What a scope remembers of a kernel is made when the kernel is first called, so each round has a new scope. */
    @Tag("long")
    @Test
    void severalThreadsMayCallKernelsInOneScope() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        Engine engine = Engine.cpu();
        try {
            for (int round = 0; round < 1000; round++) {
                try (Scope scope = engine.open()) {
                    AtomicInteger waiting = new AtomicInteger(THREADS);
                    Callable<float[]> call = () -> {
                        waiting.decrementAndGet();
                        while (waiting.get() > 0) {
                            Thread.onSpinWait();
                        }
                        return TensorKernels.copy(scope, scope.floats(1, 2), Dtype.F32)
                                .toFloatArray();
                    };
                    List<Future<float[]>> found = new ArrayList<>();
                    for (int i = 0; i < THREADS; i++) {
                        found.add(threads.submit(call));
                    }
                    for (Future<float[]> one : found) {
                        assertThat(one.get()).containsExactly(1, 2);
                    }
                }
            }
        } finally {
            threads.shutdown();
        }
    }
}
