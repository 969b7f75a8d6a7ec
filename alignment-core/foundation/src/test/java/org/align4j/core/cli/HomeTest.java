package org.align4j.core.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a program that no script started finds what comes with Align4J. */
class HomeTest {
    @TempDir
    Path folder;

    @Test
    void theHomeIsLookedForUpwards() throws IOException {
        Path home = folder.resolve("align4j");
        Files.createDirectories(home.resolve("data/demo"));
        Path docs = Files.createDirectories(home.resolve("docs"));
        Path module = Files.createDirectories(home.resolve("examples/data/demo"));
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/data"));
        assertThat(Home.above(home)).isEqualTo(home);
        assertThat(Home.above(module)).isEqualTo(home);
        assertThat(Home.above(elsewhere, home.resolve("examples/target/classes")))
                .isEqualTo(home);
        Files.delete(docs);
        assertThat(Home.above(module, elsewhere)).isEqualTo(Path.of("."));
    }

    /** These tests run in a module's folder of a checkout, and no property names that. */
    @Test
    void aCheckoutIsFoundFromAModule() {
        assertThat(System.getProperty("align4j.home")).isNull();
        assertThat(Home.resolve("data/demo/train.jsonl")).isRegularFile();
        assertThatThrownBy(() -> Home.resolve("data/none"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("There is no data/none in ")
                .hasMessageContaining("anywhere inside that folder");
    }
}
