package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The reward that docs/ppo.md shows is the one that these tests learn from. */
class DocumentationTest {
    @Test
    void theDocsShowThisVeryReward() throws IOException {
        String source = Files.readString(Path.of("src/test/java/org/align4j/ppo/Vowels.java"));
        String reward = source.substring(source.indexOf("/** Something")).strip();
        Path docs = Path.of(System.getProperty("align4j.root"), "docs", "ppo.md");
        assertThat(Files.readString(docs).replace("\r", "")).contains(reward);
    }
}
