package org.align4j.serve.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.store.HeldStore;
import org.align4j.serve.store.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts over days and over a disk that refuses. */
class UsageCountsTest {
    private static final TokenCount TOKENS = new TokenCount(7, 2, 3);

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-01T12:00:00Z");

    @AfterEach
    void release() {
        HeldStore.hold(() -> {});
    }

    @Test
    void soManyDaysAreTold() {
        try (Store store = Store.open(folder);
                Usage usage = started(store)) {
            for (int day = 0; day < 5; day++) {
                usage.add("sea", "ann", "tiny", TOKENS);
                now = now.plus(1, ChronoUnit.DAYS);
            }
            usage.add("sea", "ann", "tiny", TOKENS);
            assertThat(usage.of("sea", 3).keySet())
                    .extracting(Usage.Of::day)
                    .containsExactlyElementsOf(List.of("2026-11-06", "2026-11-05", "2026-11-04"));
        }
    }

    @Test
    void whatCouldNotBeWrittenIsWrittenLater() {
        AtomicBoolean full = new AtomicBoolean(true);
        try (Store store = Store.open(folder)) {
            HeldStore.hold(() -> {
                if (full.get()) {
                    throw new IllegalStateException("no space left");
                }
            });
            try (Usage usage = new Usage(store, () -> now, trouble -> full.set(false))) {
                usage.start();
                usage.add("sea", "ann", "tiny", TOKENS);
                usage.add("sea", "ann", "tiny", TOKENS);
                while (full.get()) {
                    Thread.onSpinWait(); // until the disk has refused once
                }
            }
            try (Usage after = started(store)) {
                assertThat(after.of("sea", 1).values()).containsExactly(new Usage.Count(2, new TokenCount(14, 4, 6)));
            }
        }
    }

    private Usage started(Store store) {
        Usage usage = new Usage(store, () -> now, trouble -> {});
        usage.start();
        return usage;
    }
}
