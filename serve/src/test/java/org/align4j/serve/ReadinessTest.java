package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a server from its work: no models, no room, a folder that can't be written; it is tried again after a second. */
class ReadinessTest {
    @TempDir
    Path folder;

    private final AtomicLong free = new AtomicLong(1L << 40);
    private final AtomicLong nanos = new AtomicLong();

    private Readiness readiness() {
        return new Readiness(folder, () -> true, free::get, nanos::get);
    }

    @Test
    void trouble() throws IOException {
        Readiness readiness = readiness();
        assertThat(readiness.trouble()).isEmpty();
        assertThat(folder).isEmptyDirectory();
        free.set(1000);
        assertThat(readiness.trouble()).isEmpty();
        nanos.addAndGet(1_000_000_000);
        assertThat(readiness.trouble().orElseThrow()).contains("less than 64 MiB left");
        free.set(1L << 40);
        Files.createDirectory(folder.resolve(".ready"));
        nanos.addAndGet(1_000_000_000);
        assertThat(readiness.trouble().orElseThrow())
                .contains("folder can't be written")
                .doesNotContain(folder.toString());
        assertThat(new Readiness(folder, () -> false, free::get, nanos::get)
                        .trouble()
                        .orElseThrow())
                .contains("No model is loaded");
    }
}
