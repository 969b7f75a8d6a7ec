package org.align4j.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.export.GgufExport;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.session.ModelPlace.GgufFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The directories of the cache that GGUF files are read into: made once, made again where they are damaged. */
class GgufFolderTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    @TempDir
    Path folder;

    private Path file;
    private Path cache;

    @BeforeEach
    void write() {
        file = folder.resolve("tools.gguf");
        cache = folder.resolve("cache");
        GgufExport.of(Checkout.ROOT.resolve("data/tools/model"), "tools", GgufType.Q8_0)
                .write(file, bytes -> {});
    }

    private Path read() {
        return GgufFolder.of(file, cache);
    }

    @Test
    void aFileIsReadOnce() throws IOException {
        Path made = read();
        Files.setLastModifiedTime(made.resolve("model.safetensors"), LONG_AGO);
        assertThat(read()).isEqualTo(made);
        assertThat(Files.getLastModifiedTime(made.resolve("model.safetensors"))).isEqualTo(LONG_AGO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "config.json", "tokenizer.json"})
    void aDirectoryThatLacksAFileIsMadeAgain(String name) throws IOException {
        Path damaged = read().resolve(name);
        byte[] own = Files.readAllBytes(damaged);
        Files.delete(damaged);
        assertThat(read().resolve(name)).hasBinaryContent(own);
    }

    @Test
    void weightsThatWereCutAreMadeAgain() throws IOException {
        Path weights = read().resolve("model.safetensors");
        byte[] own = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(own, own.length - 1000));
        assertThat(read().resolve("model.safetensors")).hasBinaryContent(own);
    }

    /** What the cache lost comes back, as long as the file is the one that the run was trained on. */
    @Test
    void aRunOnAFileFindsItsModelAgain() throws IOException {
        Path model = ModelPlace.of(file.toString(), null).model();
        Path run = Files.createDirectories(folder.resolve("run"));
        Path adapter = Files.createDirectories(run.resolve("adapter"));
        Files.writeString(adapter.resolve("adapter_config.json"), "{}");
        Files.writeString(run.resolve("config.yaml"), "model: " + file + "\n");
        Files.write(
                run.resolve("manifest.json"),
                Json.bytes(Map.of("model", model.toString(), "options", Map.of("model", file.toString()))));
        Folders.deleteTree(model);
        assertThat(ModelPlace.of(run.toString(), null).model()).isEqualTo(model);
        assertThat(model.resolve("model.safetensors")).exists();
    }

    /** The second waits for the first, and finds what it made. */
    @Test
    void severalAtOnceMakeItOnce() throws Exception {
        ExecutorService four = Executors.newFixedThreadPool(4);
        try {
            List<Callable<FileTime>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(() -> {
                    Path weights = read().resolve("model.safetensors");
                    FileTime found = Files.getLastModifiedTime(weights);
                    Files.setLastModifiedTime(weights, LONG_AGO);
                    return found;
                });
            }
            int fresh = 0;
            for (Future<FileTime> each : four.invokeAll(all)) {
                fresh += each.get().equals(LONG_AGO) ? 0 : 1;
            }
            assertThat(read().resolve("model.safetensors")).exists();
            assertThat(Files.getLastModifiedTime(read().resolve("model.safetensors")))
                    .isEqualTo(LONG_AGO);
            assertThat(fresh).isPositive();
        } finally {
            four.shutdownNow();
        }
    }
}
