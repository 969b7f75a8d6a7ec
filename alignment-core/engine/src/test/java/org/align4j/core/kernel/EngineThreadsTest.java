package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Kernels have the threads of the engine that runs them, whichever thread calls and whatever ran on it or on others before. */
class EngineThreadsTest {
    private static final int LARGE = 1 << 20;

    /** Loading starts threads of its own, which would be counted. */
    @BeforeAll
    static void load() {
        runLarge(Engine.cpu());
    }

    /** Runs work on a new thread of a name, which the threads that OpenMP starts for it inherit. */
    private static <T> T onThread(String name, Work<T> work) {
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
        try {
            return CompletableFuture.supplyAsync(work::run, thread).join();
        } finally {
            thread.shutdown();
        }
    }

    private interface Work<T> {
        T run();
    }

    /** An operation so large that libtorch splits it among all threads that it has. */
    private static void runLarge(Engine engine) {
        run(engine, LARGE);
    }

    /** An operation so small that libtorch leaves it to the thread that calls. */
    private static void runSmall(Engine engine) {
        run(engine, 1);
    }

    private static void run(Engine engine, int elements) {
        try (Scope scope = engine.open()) {
            NDArray x = scope.zeros(elements);
            scope.call("add", x, x);
        }
    }

    /** Threads of this process of a name: the one that calls and those that OpenMP has started for it. */
    private static int threadsNamed(String name) {
        List<Path> tasks = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
            all.forEach(tasks::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return (int) tasks.stream().filter(task -> isNamed(task, name)).count();
    }

    private static Engine withThreads(int threads) {
        return Engine.on(Device.cpu(), threads);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void kernelsHaveTheThreadsOfTheirEngine() {
        for (int threads : new int[] {1, 3, 2}) {
            String name = "kernels-" + threads;
            assertThat(onThread(name, () -> {
                        runLarge(withThreads(threads));
                        return threadsNamed(name);
                    }))
                    .isEqualTo(threads);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void enginesOfSeveralThreadsTakeTurnsOnOne() {
        String name = "turns";
        List<Integer> counts = onThread(name, () -> {
            List<Integer> counted = new ArrayList<>();
            for (int threads : new int[] {1, 2, 4}) {
                runLarge(withThreads(threads));
                counted.add(threadsNamed(name));
            }
            return counted;
        });
        assertThat(counts).containsExactly(1, 2, 4);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatAnotherThreadAskedForChangesNothing() {
        String name = "unmoved";
        int count = onThread(name, () -> {
            runSmall(withThreads(1));
            onThread("other", () -> {
                runLarge(withThreads(4));
                return 0;
            });
            runLarge(withThreads(1));
            return threadsNamed(name);
        });
        assertThat(count).isEqualTo(1);
    }

    @Test
    void noThreadRecords() {
        for (int i = 0; i < 4; i++) {
            assertThat(onThread("recording", EngineThreadsTest::records)).isFalse();
        }
    }

    private static boolean records() {
        try (Scope scope = Engine.cpu().open()) {
            return scope.call("is_recording", scope.places(0)).getBoolean();
        }
    }

    @Test
    void recordingIsTheMatterOfOneThread() {
        boolean others;
        try (Scope scope = Engine.cpu().open()) {
            others = Autograd.recording(scope, () -> {
                assertThat(records()).isTrue();
                return onThread("beside", EngineThreadsTest::records);
            });
        }
        assertThat(others).isFalse();
        assertThat(records()).isFalse();
    }

    @Test
    void anEngineHasAtLeastOneThread() {
        assertThatThrownBy(() -> withThreads(0)).hasMessage("threads is 0 but must be at least 1.");
        assertThat(withThreads(5).threads()).isEqualTo(5);
    }

    @Test
    void theUsualThreadsAreOneForEachProcessorUnlessAPropertySaysMore() {
        String name = "ai.djl.pytorch.num_threads";
        String before = System.getProperty(name);
        try {
            System.clearProperty(name);
            assertThat(Engine.usualThreads()).isEqualTo(Runtime.getRuntime().availableProcessors());
            System.setProperty(name, "7");
            assertThat(Engine.usualThreads()).isEqualTo(7);
            System.setProperty(name, "0");
            assertThatThrownBy(Engine::usualThreads)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("num_threads is 0", "must be 1 to 9999");
        } finally {
            if (before == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, before);
            }
        }
    }

    private static boolean isNamed(Path task, String name) {
        try {
            return Files.readString(task.resolve("comm")).strip().equals(name);
        } catch (IOException ended) {
            return false;
        }
    }
}
