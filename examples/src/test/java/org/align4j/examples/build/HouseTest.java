package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds what documents say of the sources to the sources; {@code docs/bench/house.py} and {@code modules.py} count lines and types. */
class HouseTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));

    /** A bug that is planted ({@code docs/bench/planted.py}) has its place in the sources as they are. */
    @Test
    void everyPlantedBugHasItsPlace() throws IOException {
        JsonNode bugs = new ObjectMapper()
                .readTree(ROOT.resolve("docs/bench/planted.json").toFile());
        assertThat(bugs).hasSizeGreaterThan(80);
        for (JsonNode bug : bugs) {
            assertThat(ROOT.resolve(bug.get("file").asText()))
                    .content()
                    .containsOnlyOnce(bug.get("old").asText());
        }
    }
}
