package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
    private static final String HOME = "align4j.home";

    @BeforeEach
    void atHome() {
        System.setProperty(HOME, System.getProperty("align4j.root"));
    }

    @AfterEach
    void leave() {
        System.clearProperty(HOME);
    }

    /** The promises of the README: about even before, nearly all after, whatever the length, and nothing else forgotten. */
    @Test
    void theModelLearnsTheManner(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("run");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "demo", "--json", "--out", out.toString()))
                .as(terminal.captureLog())
                .isZero();
        JsonNode result = new ObjectMapper().readTree(terminal.captureOutput());
        assertThat(result.at("/pairs").asInt()).isGreaterThanOrEqualTo(300);
        assertThat(result.at("/chosen_longer").asDouble()).isBetween(0.4, 0.6);
        assertThat(result.at("/before/chosen_likelier").asDouble()).isBetween(0.4, 0.6);
        assertThat(result.at("/after/chosen_likelier").asDouble()).isGreaterThanOrEqualTo(0.95);
        assertThat(result.at("/after/accuracy_interval/0").asDouble()).isGreaterThan(0.9);
        assertThat(result.at("/after/margin").asDouble()).isGreaterThan(1);
        assertThat(result.at("/after/courteous_answers").asDouble())
                .isGreaterThan(result.at("/before/courteous_answers").asDouble());
        assertThat(result.at("/after/guard_perplexity").asDouble()
                        / result.at("/before/guard_perplexity").asDouble())
                .isLessThan(1.1);
        assertThat(result.at("/answers")).hasSize(2);
        assertThat(Files.readString(out.resolve("report.html")))
                .contains(result.at("/answers/0/after").asText().substring(0, 12));
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("note.txt"), "mine");
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "demo", "--out", folder.toString())).isEqualTo(2);
        assertThat(folder).isDirectoryContaining("glob:**note.txt");
        assertThat(folder.toFile().list()).hasSize(1);
    }
}
