package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.align4j.core.download.DownloadListener;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OutputSweep;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from the hub whose disk fails or loses power: what the cache offers without the network is whole. */
class HubFaultTest {
    private static final int SOME = 25;

    @TempDir
    Path folder;

    private final byte[] weights = new byte[20_000];
    private final HubServer server = new HubServer();

    @BeforeEach
    void fill() {
        new Random(1).nextBytes(weights);
        server.with("model.safetensors", weights)
                .with("config.json", "{\"model_type\": \"llama\"}")
                .with("tokenizer.json", "{}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Hub hub(Path cache, boolean offline) {
        return new Hub(
                new HubSettings(cache, server.endpoint(), null, offline, Duration.ZERO, Duration.ofSeconds(20)),
                DownloadListener.SILENT);
    }

    private boolean isThere(Path cache) throws IOException {
        Path snapshot;
        try {
            snapshot = hub(cache, true).resolve("org/name");
        } catch (InputException absent) {
            assertThat(absent).hasMessageContaining("not in the cache");
            return false;
        }
        assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
        for (Map.Entry<String, String> file : Map.of(
                        "config.json", "{\"model_type\": \"llama\"}", "tokenizer.json", "{}")
                .entrySet()) {
            assertThat(Files.readString(snapshot.resolve(file.getKey()))).isEqualTo(file.getValue());
        }
        return true;
    }

    @Test
    void whatTheCacheOffersIsWhole() throws IOException {
        OutputSweep sweep = new OutputSweep(folder, cache -> hub(cache, false).resolve("org/name"), this::isThere);
        assertThat(sweep.failing(SOME)).isGreaterThanOrEqualTo(SOME);
        assertThat(sweep.losingPower(2 * SOME)).isPositive();
    }
}
