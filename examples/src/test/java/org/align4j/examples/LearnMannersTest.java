package org.align4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.cli.Align;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnMannersTest {
    private static final String HOME = "align4j.home";
    private static final ObjectMapper JSON = new ObjectMapper();

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
    void theScoreRisesByMoreThanADeviationWithinTenNats(@TempDir Path folder) throws IOException {
        Terminal terminal = Terminal.captured();
        int code = Align.run(
                terminal,
                "example",
                "learn-manners",
                "--json",
                "--out",
                folder.resolve("my out").toString());
        assertThat(code).as(terminal.captureLog()).isZero();
        JsonNode result = JSON.readTree(terminal.captureOutput());
        JsonNode score = result.get("objective/scores");
        double deviation = result.get("objective/scores_std").get(0).asDouble();
        assertThat(score.get(1).asDouble() - score.get(0).asDouble()).isGreaterThan(deviation);
        assertThat(result.get("objective/kl").get(0).asDouble()).isZero();
        assertThat(result.get("objective/kl").get(1).asDouble()).isBetween(0.5, 10.0);
        assertThat(folder.resolve("my out/run/report.html")).exists();
    }

    /** A blank in a path ends no word, and what is logged can be typed. */
    @Test
    void aPathMayHaveBlanks() {
        List<String> words =
                LearnManners.words("ppo --seed 7 --reward lexicon:%s --out %s", Path.of("my dir", "w.txt"), "it's $1");
        assertThat(words).containsExactly("ppo", "--seed", "7", "--reward", "lexicon:my dir/w.txt", "--out", "it's $1");
        assertThat(LearnManners.typed(words))
                .isEqualTo("ppo --seed 7 --reward 'lexicon:my dir/w.txt' --out 'it'\\''s $1'");
    }

    /** "kind" is in 15 chosen and no rejected answer: 15 / 20; "rude" in none and 5: −5 / 10; "it" in as many of both. */
    @Test
    void wordsAreCounted() throws IOException {
        List<JsonNode> pairs = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            pairs.add(JSON.readTree("{\"chosen\":[{\"content\":\"It is kind.\"}],\"rejected\":[{\"content\":\"It is "
                    + (i < 5 ? "rude" : "so") + ".\"}]}"));
        }
        assertThat(MannerWords.lexicon(pairs)).containsExactly("kind\t0.750", "rude\t-0.500", "so\t-0.667");
    }
}
