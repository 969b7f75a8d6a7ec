package org.align4j.core.data.encode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Checkout;
import org.align4j.core.terminal.Terminal;
import org.align4j.core.text.TextEncoder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five hundred files of every layout and kind, damaged at random from one seed, are read to their end or refused with one
 * sentence that names the file: by what training does with rows, and by convert, split and doctor. Nothing throws anything
 * else, and nothing hangs.
 */
class DamagedFilesTest {
    private static final int FILES = 500;
    private static final Path LAYOUTS = Checkout.resource("data", "layouts");
    private static final Duration HANG = Duration.ofSeconds(20);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final Random random = new Random(16);
    private int read;
    private int refused;

    @Tag("long")
    @Test
    void aDamagedFileIsReadOrRefusedWithOneSentence() throws IOException {
        TinyTokenizer.write(
                folder.resolve("model"),
                false,
                "{% for m in messages %}{{ m.role + ':' + (m.content|string) + '</s>' }}{% endfor %}");
        List<String> goldens = goldens();
        for (int f = 0; f < FILES; f++) {
            DamagedFile damaged = new DamagedFile(random);
            Path golden = LAYOUTS.resolve(goldens.get(f % goldens.size()));
            Path file = damaged.write(folder.resolve("f" + f), Files.readAllLines(golden));
            String what = "file " + f + " of " + golden.getFileName() + ": " + damaged;
            int number = f;
            assertTimeoutPreemptively(HANG, () -> enter(file, number, what), what);
        }
        assertThat(read).as("files that were read").isBetween(50, 2000);
        assertThat(refused).as("files that were refused").isBetween(50, 2000);
    }

    private static List<String> goldens() throws IOException {
        try (Stream<Path> files = Files.list(LAYOUTS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[^.]+\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }

    private void enter(Path file, int number, String what) {
        BadRows rule = number % 3 == 0 ? BadRows.DROP : BadRows.ERROR;
        RowEncoder encoder = new RowEncoder(
                () -> TextEncoder.load(folder.resolve("model"), null, null, Map.of()),
                TinyTokenizer.SIZE,
                new RowRules(rule, null, 4096));
        List<Function<RowSource, EncodedRows<?>>> kinds =
                List.of(encoder::comparisons, encoder::texts, encoder::labelledCompletions, encoder::any);
        encode(kinds.get(number % kinds.size()), file, what);
        String drop = number % 2 == 0 ? "drop" : "error";
        String to = List.of("pairs", "trl", "openai", "messages", "kto").get(number % 5);
        run(what, file, "convert", "--out", folder + "/out.jsonl", "--to", to, "--bad-rows", drop);
        switch (number % 10) { // another test examines damaged files by doctor alone
            case 0 -> run(what, file, "doctor", "--out", folder + "/doctor" + number);
            case 1, 4, 7 ->
                run(
                        what,
                        file,
                        "split",
                        "--out",
                        folder + "/split" + number,
                        "--by",
                        "prompt",
                        "--fractions",
                        "train=.5,test=.5");
            default -> {}
        }
    }

    private void encode(Function<RowSource, EncodedRows<?>> encode, Path file, String what) {
        try {
            assertThat(encode.apply(RowSource.of(file)).rows()).as(what).isNotEmpty();
            read++;
        } catch (InputException e) {
            requireSentence(String.valueOf(e.getMessage()), what);
            refused++;
        }
    }

    private void run(String what, Path file, String command, String... options) {
        List<String> arguments = new ArrayList<>(List.of(command, "--data", file.toString()));
        arguments.addAll(List.of(options));
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, arguments.toArray(String[]::new));
        String log = terminal.captureLog();
        assertThat(code).as("%s, %s: %s", what, command, log).isIn(0, 1, 2);
        assertThat(log).as(what).doesNotContain("--debug shows where", "\tat ");
        if (code == 2) {
            requireSentence(log, what);
        }
    }

    private void requireSentence(String message, String what) {
        assertThat(message)
                .as(what)
                .containsAnyOf(folder.toString(), "None of the")
                .doesNotContain("Exception:", "\tat ");
        assertThat(message.strip()).as(what).matches("(?s).*[.?]");
    }

    /** A file of some kind, damaged in one or two ways. */
    private static final class DamagedFile {
        private static final List<String> KINDS =
                List.of("jsonl", "json", "data.json", "ndjson", "csv", "tsv", "jsonl.gz", "json.gz", "csv.gz");

        private final Random random;
        private final List<String> ways = new ArrayList<>();

        DamagedFile(Random random) {
            this.random = random;
        }

        @Override
        public String toString() {
            return String.join(", ", ways);
        }

        Path write(Path stem, List<String> golden) throws IOException {
            String kind = KINDS.get(random.nextInt(KINDS.size()));
            ways.add(kind);
            List<String> lines = new ArrayList<>(golden);
            if (random.nextInt(3) > 0) {
                lines.set(0, damagedRow(lines.get(0)));
            }
            byte[] bytes = DamagedBytes.laidOut(kind, lines).getBytes(UTF_8);
            if (ways.size() == 1 || random.nextInt(4) == 0) {
                bytes = new DamagedBytes(random, ways).damaged(bytes);
            }
            Path file = Path.of(stem + "." + kind);
            return Files.write(file, kind.endsWith(".gz") ? new DamagedBytes(random, ways).packed(bytes) : bytes);
        }

        private String damagedRow(String line) throws IOException {
            List<String> keys = new ArrayList<>();
            JsonNode row = JSON.readTree(line);
            keys(row, keys);
            String key = '"' + keys.get(random.nextInt(keys.size())) + '"';
            int at = line.indexOf(key);
            int value = line.indexOf(':', at + key.length()) + 1;
            int way = random.nextInt(6);
            ways.add("row way " + way + " at " + key);
            String other = OTHER.get(random.nextInt(OTHER.size()));
            return switch (way) {
                case 0 -> line.substring(0, at) + "\"other\"" + line.substring(at + key.length());
                case 1 -> line.substring(0, at) + key + ": " + other + ", " + line.substring(at);
                case 2 -> line.substring(0, value) + " " + other + ", \"rest\": " + line.substring(value);
                case 3 -> line.substring(0, value) + " [" + line.substring(value);
                case 4 -> line.substring(0, at) + "\"x\": " + other + ", " + line.substring(at);
                default -> line.substring(0, at) + "\"weight\": " + other + ", " + line.substring(at);
            };
        }

        private static final List<String> OTHER = List.of(
                "null",
                "true",
                "0",
                "-1",
                "1e400",
                "9".repeat(400),
                "1." + "7".repeat(900) + "e-3",
                "\"\"",
                "\" \"",
                "\"\\ud800\"",
                "\"\\u0000\"",
                "[]",
                "{}",
                "[[]]",
                "[null]",
                "[{}]",
                "[{\"role\": null, \"content\": null}]",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]",
                "[{\"from\": \"gpt\", \"value\": 1}]",
                "[".repeat(900) + "]".repeat(900),
                "[".repeat(1200) + "]".repeat(1200),
                "{\"a\":".repeat(600) + "1" + "}".repeat(600));

        private static void keys(JsonNode node, List<String> keys) {
            node.fieldNames().forEachRemaining(keys::add);
            node.forEach(child -> keys(child, keys));
        }
    }
}
