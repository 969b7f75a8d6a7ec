package org.align4j.serve.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tuned models come when asked for and leave by use, memory and time; bases stay. */
class ShelfTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    @TempDir
    static Path folder;

    private static long adapterBytes;
    private final AtomicLong now = new AtomicLong();
    private Shelf shelf;

    @BeforeAll
    static void saveAdapters() throws Exception {
        try (LanguageModel model =
                Align4j.model(DEMO).device("cpu").dtype("fp32").threads(1).open()) {
            for (String name : new String[] {"a", "b", "c"}) {
                try (var adapted = model.adapt()) {
                    adapted.saveAdapter(folder.resolve(name));
                }
            }
        }
        adapterBytes = 2 * Files.size(folder.resolve("a").resolve("adapter_model.safetensors"));
    }

    @AfterEach
    void close() {
        shelf.close();
    }

    private void open(long tunedBytes) {
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42);
        AnswerQueue.Limits limits = new AnswerQueue.Limits(10, 4, 64L << 20, Duration.ofSeconds(5));
        shelf = Shelf.open(
                Map.of("demo", DEMO.toString(), "alias", DEMO.toString()),
                new Shelf.Settings(engine, limits, Duration.ofSeconds(100), tunedBytes),
                TrainingLog.SILENT,
                now::get);
    }

    private static Shelf.Tuned tuned(String name) {
        return new Shelf.Tuned(DEMO.toString(), folder.resolve(name));
    }

    @Test
    void namesOfOneModelShareIt() {
        open(1L << 30);
        assertThat(shelf.names()).containsExactly("alias", "demo");
        assertThat(shelf.base("demo")).isEqualTo(shelf.base("alias"));
        assertThat(shelf.base("nobody")).isEmpty();
        assertThat(shelf.base(DEMO.toString())).isEmpty();
        assertThat(shelf.loads()).hasSize(1);
    }

    @Test
    void anAdapterIsLoadedOnceAndLeavesWhenNobodyAsked() {
        open(1L << 30);
        ChatModel first;
        try (Shelf.Loan loan = shelf.lend(tuned("a"))) {
            first = loan.model();
            assertThat(first.queue()).isSameAs(shelf.base("demo").orElseThrow().queue());
            now.addAndGet(Duration.ofSeconds(1000).toNanos());
            shelf.sweep();
            assertThat(shelf.tuned()).isEqualTo(1);
        }
        try (Shelf.Loan again = shelf.lend(tuned("a"))) {
            assertThat(again.model()).isSameAs(first);
        }
        now.addAndGet(Duration.ofSeconds(99).toNanos());
        shelf.sweep();
        assertThat(shelf.tuned()).isEqualTo(1);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        shelf.sweep();
        assertThat(shelf.tuned()).isZero();
    }

    @Test
    void theLeastRecentlyUsedMakesRoom() {
        open(2 * adapterBytes);
        shelf.lend(tuned("a")).close();
        now.incrementAndGet();
        shelf.lend(tuned("b")).close();
        now.incrementAndGet();
        ChatModel a;
        try (Shelf.Loan loan = shelf.lend(tuned("a"))) {
            a = loan.model();
        }
        now.incrementAndGet();
        shelf.lend(tuned("c")).close();
        assertThat(shelf.tuned()).isEqualTo(2);
        try (Shelf.Loan loan = shelf.lend(tuned("a"))) {
            assertThat(loan.model()).isSameAs(a);
        }
    }

    @Test
    void modelsThatAnswerStay() {
        open(adapterBytes);
        try (Shelf.Loan used = shelf.lend(tuned("a"))) {
            assertThat(used.model()).isNotNull();
            assertThatThrownBy(() -> shelf.lend(tuned("b")))
                    .isInstanceOf(Shelf.NoRoom.class)
                    .hasMessageContaining("ask again");
        }
        try (Shelf.Loan used = shelf.lend(tuned("b"))) {
            assertThat(used.model()).isNotNull();
            shelf.drop(folder.resolve("b"));
            assertThat(shelf.tuned()).isEqualTo(1);
        }
        assertThat(shelf.tuned()).isZero();
    }

    @Test
    void aModelLargerThanAllRoomIsRefused() {
        open(adapterBytes - 1);
        assertThatThrownBy(() -> shelf.lend(tuned("a")))
                .isInstanceOf(Shelf.NoRoom.class)
                .hasMessageContaining("may take");
    }

    @Test
    void aFolderWithoutAModelLeavesNothing() {
        open(1L << 30);
        assertThatThrownBy(() -> shelf.lend(new Shelf.Tuned(DEMO.toString(), folder.resolve("none"))))
                .isInstanceOf(InputException.class);
        assertThat(shelf.tuned()).isZero();
    }
}
