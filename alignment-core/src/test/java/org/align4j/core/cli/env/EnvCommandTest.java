package org.align4j.core.cli.env;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.Terminal;
import org.junit.jupiter.api.Test;

class EnvCommandTest {
    @Test
    void tellsVersionsDevicesMemoryAndProblems() throws IOException {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "env", "--json")).isZero();
        JsonNode document = new JsonMapper().readTree(terminal.captureOutput());
        assertThat(document.at("/versions/pytorch").asText()).startsWith("2.7.1");
        assertThat(document.at("/engine/devices/0").asText()).isEqualTo("cpu");
        assertThat(document.at("/memory/heap_bytes").asLong()).isPositive();
        assertThat(document.path("problems").isArray()).isTrue();
    }

    @Test
    void peopleReadSections() {
        Terminal terminal = Terminal.captured();
        assertThat(Align.run(terminal, "env")).isZero();
        assertThat(terminal.captureOutput()).contains("versions", "engine", "processor", "memory", "problems");
    }
}
