package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.error.InputException;
import org.align4j.core.files.FaultyDisk;
import org.align4j.core.files.OutputSweep;
import org.align4j.core.files.ToldDisk;
import org.align4j.core.files.Trials;
import org.align4j.core.web.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Downloads from the hub whose disk fails or loses power, or whose process is killed, or which several processes do at once: what
 * the cache offers without the network is whole. {@code -Dalign4j.command.kills=N} kills N of them instead of two.
 */
class HubFaultTest {
    private static final int SOME = 25;
    private static final int AT_ONCE = 4;
    private static final int ROUNDS = Boolean.getBoolean("align4j.soak") ? 25 : 1;
    private static final int LOOKS = 20_000;
    private static final List<String> FILES = List.of("config.json", "model.safetensors", "tokenizer.json");
    private static final int KILLS = Trials.kills("align4j.command.kills", 2, 40);
    private static final long LONGEST_NANOS = 1_000_000;

    @TempDir
    Path folder;

    private byte[] weights = new byte[20_000];
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
        return hub(cache, server.endpoint(), offline);
    }

    private static Hub hub(Path cache, URI endpoint, boolean offline) {
        return new Hub(
                new HubSettings(cache, endpoint, null, offline, Duration.ZERO, Duration.ofSeconds(20)),
                Transfer.UNHEARD);
    }

    /** A program that downloads, and then sees the same files for as long as it looks. */
    public static final class Downloading {
        private Downloading() {}

        /** @param words the cache and the hub's address */
        public static void main(String[] words) {
            Path snapshot = hub(Path.of(words[0]), URI.create(words[1]), false).resolve("org/name");
            for (int look = 0; look < LOOKS; look++) {
                for (String file : FILES) {
                    if (!Files.isReadable(snapshot.resolve(file))) {
                        throw new IllegalStateException(file + " is gone");
                    }
                }
            }
        }
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

    @Tag("long")
    @Test
    void whatTheCacheOffersIsWhole() throws IOException {
        OutputSweep sweep = new OutputSweep(folder, cache -> hub(cache, false).resolve("org/name"), this::isThere);
        assertThat(sweep.failing(SOME)).isGreaterThanOrEqualTo(SOME);
        assertThat(sweep.losingPower(2 * SOME)).isPositive();
    }

    @Test
    void aDownloadWhoseProcessIsKilledGoesOn() throws IOException, InterruptedException {
        weights = new byte[1 << 20];
        fill();
        Random random = new Random(5);
        int operations;
        Path undisturbed = folder.resolve("undisturbed");
        try (FaultyDisk disk = FaultyDisk.counting(undisturbed)) {
            hub(undisturbed, false).resolve("org/name");
            operations = disk.operations().size();
        }
        int died = 0;
        int whole = 0;
        int takenUp = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path cache = folder.resolve("cache-" + kill);
            List<String> words = List.of(cache.toString(), server.endpoint().toString());
            int operation = 1 + random.nextInt(operations);
            died += ToldDisk.killedAfter(operation, random.nextLong(LONGEST_NANOS), cache, Downloading.class, words)
                    ? 1
                    : 0;
            if (isThere(cache)) {
                whole++;
            } else {
                server.requests.clear();
                hub(cache, false).resolve("org/name");
                takenUp += server.requests.stream().anyMatch(request -> request.contains("bytes=")) ? 1 : 0;
            }
            assertThat(isThere(cache))
                    .as("killed after operation %s", operation)
                    .isTrue();
            assertThat(names(cache)).isEqualTo(names(undisturbed));
        }
        System.out.printf(
                Locale.ROOT,
                "downloads: %d of %d died by SIGKILL, %d whole already, %d went on in the middle of a file%n",
                died,
                KILLS,
                whole,
                takenUp);
    }

    @Test
    void processesThatDownloadAtOnceAllHaveIt() throws IOException, InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            Path cache = folder.resolve("shared-" + round);
            List<Process> processes = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                processes.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-Xmx64m",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                ChildAlign.classPath(),
                                Downloading.class.getName(),
                                cache.toString(),
                                server.endpoint().toString())
                        .redirectErrorStream(true)
                        .start());
            }
            for (Process process : processes) {
                String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.waitFor()).as(log).isZero();
            }
            assertThat(isThere(cache)).isTrue();
        }
    }

    @Test
    void threadsThatDownloadAtOnceAllHaveIt() throws Exception {
        Path cache = folder.resolve("shared");
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            for (Future<Path> snapshot : threads.invokeAll(Collections.<Callable<Path>>nCopies(
                    AT_ONCE, () -> hub(cache, false).resolve("org/name")))) {
                assertThat(snapshot.get()).isDirectoryContaining("glob:**model.safetensors");
            }
        } finally {
            threads.shutdown();
        }
        assertThat(isThere(cache)).isTrue();
    }

    private static List<String> names(Path cache) throws IOException {
        try (Stream<Path> all = Files.walk(cache)) {
            return all.map(path -> cache.relativize(path).toString()).sorted().toList();
        }
    }
}
