package org.align4j.core.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;

/** Runs the data commands in tests and reads what they wrote. */
final class DataCommands {
    static final ObjectMapper JSON = new ObjectMapper();

    private DataCommands() {}

    /** Copies of a few rows of public data sets, beside the tests. */
    static String resource(String name) {
        return Path.of("src/test/resources/data", name).toString();
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
