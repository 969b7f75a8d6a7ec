package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.cli.Align;
import org.align4j.core.doctor.InjectedLog.Row;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files with bytes that are changed, taken out or repeated: the answer is an exit code and a sentence. */
class MutatedFilesTest {
    private static final int FILES = 500;

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void everyFileHasAnAnswer() throws Exception {
        InjectedLog log = new InjectedLog(1, 6);
        log.rows().get(1).with("annotator", "ann").with("position", "A").with("source", "web");
        log.rows().get(2).with("annotator", 7).with("position", 1).with("chosen_model", true);
        log.rows().get(3).with("prompt", List.of(Map.of("role", "user", "content", "Hi")));
        StringBuilder text = new StringBuilder();
        for (Row row : log.rows()) {
            text.append(row.json()).append('\n');
        }
        byte[] whole = text.toString().getBytes(StandardCharsets.UTF_8);
        Random random = new Random(1);
        for (int n = 0; n < FILES; n++) {
            Path file = folder.resolve(n % 5 == 0 ? "rows.json" : "rows.jsonl");
            Files.write(file, mutated(whole, random));
            Terminal terminal = Terminal.captured();
            int code = Align.run(
                    terminal,
                    "doctor",
                    "--data",
                    file.toString(),
                    "--eval-data",
                    file.toString(),
                    "--against",
                    file.toString(),
                    "--threads",
                    "1",
                    "--out",
                    folder.resolve("out").toString(),
                    "--fix",
                    "schema,exact-duplicates,leakage");
            assertThat(code).as("file %d: %s", n, terminal.captureLog()).isBetween(0, 2);
            assertThat(terminal.captureLog()).as("file %d", n).doesNotContain("--debug shows where", "\tat ");
            if (code == 2) {
                assertThat(terminal.captureLog().lines()).as("file %d", n).hasSize(1);
            }
        }
    }

    private static byte[] mutated(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int i = 1 + random.nextInt(4); i > 0 && bytes.length > 1; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "{}[]\",:\\\n01tfn".charAt(random.nextInt(14));
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> System.arraycopy(bytes, 0, bytes, at, Math.min(40, bytes.length - at));
                default -> System.arraycopy(bytes, at, bytes, Math.max(0, at - 30), bytes.length - at);
            }
        }
        return bytes;
    }
}
