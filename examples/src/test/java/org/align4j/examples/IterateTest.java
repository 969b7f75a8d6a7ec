package org.align4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IterateTest {
    private static final String HOME = "align4j.home";

    @BeforeEach
    void atHome() {
        System.setProperty(HOME, System.getProperty("align4j.root"));
    }

    @AfterEach
    void leave() {
        System.clearProperty(HOME);
    }

    /** What its documentation promises. */
    @Tag("long")
    @Test
    void theScoreRisesInEveryRound(@TempDir Path folder) throws IOException {
        Terminal terminal = Terminal.captured();
        String out = folder.resolve("my out").toString();
        assertThat(Align.run(terminal, "example", "iterate", "--json", "--out", out))
                .as(terminal.captureLog())
                .isZero();
        JsonNode rounds = new ObjectMapper().readTree(terminal.captureOutput()).path("rounds");
        assertThat(rounds).hasSize(4);
        for (int round = 1; round < 4; round++) {
            assertThat(rounds.path(round).path("score").asDouble())
                    .isGreaterThan(rounds.path(round - 1).path("score").asDouble());
        }
        assertThat(rounds.path(3).path("win_rate").asDouble()).isGreaterThan(0.75);
        assertThat(rounds.path(3).path("kl").asDouble()).isBetween(0.1, 30.0);
    }
}
