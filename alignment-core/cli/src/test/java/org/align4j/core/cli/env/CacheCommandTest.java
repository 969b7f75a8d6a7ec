package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.align4j.core.error.InputException;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code align cache} says of a folder, and what {@code --prune} leaves. */
class CacheCommandTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    @TempDir
    Path root;

    private final Terminal terminal = Terminal.captured();
    private Path old;
    private Path fresh;
    private Path paid;
    private Path unknown;
    private Path begun;

    @BeforeEach
    void fill() throws IOException {
        old = file("reference/" + HASH + ".bin", 1_500_000, 100);
        fresh = file("quantized/" + HASH + ".safetensors", 2_000_000, 1);
        paid = file("verdicts/judge.jsonl", 300, 400);
        unknown = file("reference/notes.txt", 7, 400);
        begun = file("quantized/.tmp-" + HASH + ".safetensors-1", 5, 400);
    }

    private Path file(String name, int bytes, int daysAgo) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[bytes]);
        FileTime time = FileTime.from(NOW.minusSeconds(86_400L * daysAgo));
        Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(time, time, time);
        return file;
    }

    private void run(boolean prune, int unusedDays) throws IOException {
        new CacheCommand(root, Clock.fixed(NOW, ZoneOffset.UTC))
                .run(new CacheCommand.Options(prune, unusedDays), terminal);
    }

    @Test
    void listsWhatLiesThereAndDeletesNothing() throws IOException {
        run(false, 0);
        assertThat(terminal.captureOutput())
                .contains("The cache is " + root)
                .containsPattern("reference +2 files +1\\.5 MB +last used 2025-10-07 ")
                .containsPattern("quantized +2 files +2\\.0 MB +last used 2026-01-14 ")
                .containsPattern("verdicts +1 files .* last used 2024-12-11 .* paid for")
                .doesNotContain("Deleted", "natives");
        assertThat(old).exists();
        assertThat(fresh).exists();
    }

    @Test
    void pruneDeletesWhatCanBeMadeAgainAlone() throws IOException {
        run(true, 0);
        assertThat(old).doesNotExist();
        assertThat(fresh).doesNotExist();
        assertThat(paid).exists();
        assertThat(unknown).exists();
        assertThat(begun).as("what another process may be about to finish").exists();
        assertThat(terminal.captureOutput()).contains("Deleted 3.5 MB that can be made again.");
    }

    /** A model that a GGUF file was read into goes as a whole, after its last use of any file. */
    @Test
    void aModelReadFromAFileGoesAsAWhole() throws IOException {
        String name = HASH.substring(0, 32);
        file("gguf/" + name + "/model.safetensors", 400_000, 2);
        file("gguf/" + name + "/config.json", 90, 100);
        file("gguf/" + name + ".lock", 0, 100);
        file("gguf/notes/config.json", 9, 100);
        run(true, 30);
        assertThat(root.resolve("gguf").resolve(name)).isDirectoryContaining(file -> true);
        run(true, 0);
        assertThat(root.resolve("gguf").resolve(name)).doesNotExist();
        assertThat(root.resolve("gguf/notes/config.json")).exists();
        assertThat(terminal.captureOutput()).containsPattern("gguf +[34] files");
    }

    @Test
    void whatWasUsedLatelyStays() throws IOException {
        run(true, 30);
        assertThat(old).doesNotExist();
        assertThat(fresh).exists();
        assertThat(terminal.captureOutput()).contains("Deleted 1.5 MB");
    }

    /** What lies behind a link is somebody else's. */
    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(root.resolve("elsewhere"));
        Path foreign = Files.write(elsewhere.resolve(HASH + ".bin"), new byte[9]);
        Path cache = Files.createDirectory(root.resolve("cache"));
        Files.createSymbolicLink(cache.resolve("reference"), elsewhere);
        new CacheCommand(cache, Clock.systemUTC()).run(new CacheCommand.Options(true, 0), terminal);
        assertThat(foreign).exists();
    }

    @Test
    void theResultIsADocument() throws IOException {
        Terminal json = terminal.withJson(true);
        new CacheCommand(root, Clock.fixed(NOW, ZoneOffset.UTC)).run(new CacheCommand.Options(true, 0), json);
        JsonNode document = new ObjectMapper().readTree(json.captureOutput());
        assertThat(document.at("/freed_bytes").asLong()).isEqualTo(3_500_000);
        assertThat(document.at("/parts/0/name").asText()).isEqualTo("reference");
        assertThat(document.at("/parts/0/deleted_files").asInt()).isEqualTo(1);
        assertThat(document.at("/parts/8/name").asText()).isEqualTo("verdicts");
        assertThat(document.at("/parts/8/can_be_pruned").asBoolean()).isFalse();
    }

    @Test
    void daysWithoutPruneAreRefused() {
        assertThatThrownBy(() -> new CacheCommand.Options(false, 3))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("unused-days is 3")
                .hasMessageContaining("--prune");
        assertThatThrownBy(() -> new CacheCommand.Options(true, -1)).hasMessageContaining("unused-days is -1");
    }
}
