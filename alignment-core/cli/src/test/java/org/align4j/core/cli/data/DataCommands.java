package org.align4j.core.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.align4j.core.cli.Align;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.terminal.Terminal;

/** Runs the data commands in tests and reads what they wrote. */
final class DataCommands {
    static final ObjectMapper JSON = new ObjectMapper();

    private DataCommands() {}

    /** A few rows of public data sets, by the name that tests give them: where they lie, and their places there. */
    private static final Map<String, PublicRows> PUBLIC = Map.of(
            "hh.jsonl",
            new PublicRows("hh-rlhf/helpful-base.test.jsonl.gz", List.of(6, 9, 11, 16, 17, 18, 19, 22)),
            "sharegpt-dpo.json",
            new PublicRows("preference/llamafactory-dpo_en_demo.json.gz", List.of(10, 11, 18)),
            "kto.json",
            new PublicRows("preference/llamafactory-kto_en_demo.json.gz", List.of(0, 3, 33)),
            "instructions.json",
            new PublicRows("preference/rasbt-instruction-data-with-preference.json", List.of(0, 1, 2)));

    private record PublicRows(String file, List<Integer> places) {}

    /**
     * Writes a few rows of a public data set into a folder; a test that needs them is skipped where the data set isn't there.
     *
     * @return the file
     */
    static Path publicRows(Path folder, String name) throws IOException {
        PublicRows asked = PUBLIC.get(name);
        Path source = ReferenceFolder.shared().resolve("data").resolve(asked.file());
        assumeTrue(Files.isRegularFile(source), source + " isn't there");
        byte[] whole = Files.readAllBytes(source);
        String text = new String(source.toString().endsWith(".gz") ? unzipped(whole) : whole, StandardCharsets.UTF_8);
        Path file = folder.resolve(name);
        if (name.endsWith(".jsonl")) {
            List<String> lines = text.lines().toList();
            return Files.write(file, asked.places().stream().map(lines::get).toList());
        }
        JsonNode rows = json(text);
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(
                        file.toFile(), asked.places().stream().map(rows::get).toList());
        return file;
    }

    private static byte[] unzipped(byte[] bytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    /** Runs a command that must end well; returns the document of --json. */
    static JsonNode run(String... arguments) {
        ByteArrayOutputStream results = new ByteArrayOutputStream();
        Terminal terminal = Terminal.writingTo(results);
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--json";
        int code = Align.run(terminal, all);
        assertThat(code).as(terminal.captureLog()).isZero();
        return json(results.toString(StandardCharsets.UTF_8));
    }

    /** Runs a command that must refuse what it was given; returns what it said. */
    static String refusal(String... arguments) {
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, arguments);
        assertThat(code).as(terminal.captureLog()).isEqualTo(2);
        assertThat(terminal.captureLog()).doesNotContain("Exception", "\tat ");
        return terminal.captureLog();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    static List<Map<String, Object>> rows(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(DataCommands::row).toList();
    }

    static Map<String, Object> row(String line) {
        try {
            return JSON.readValue(line, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new AssertionError(line, e);
        }
    }

    static Path write(Path folder, String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }
}
