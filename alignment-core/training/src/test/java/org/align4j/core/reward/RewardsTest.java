package org.align4j.core.reward;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a reward class that isn't found, or is found and can't be loaded. */
class RewardsTest {
    @TempDir
    private Path folder;

    @Test
    void aClassThatIsNotThereNamesTheClassPath() {
        assertThatThrownBy(() -> Rewards.require("org.example.Missing"))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("reward is org.example.Missing", "ALIGN4J_CLASSPATH");
    }

    /** Its file is no class file: it was found, so that "not found" would mislead. */
    @Test
    void aClassThatCannotBeLoadedSaysWhy() throws IOException {
        Files.writeString(folder.resolve("Broken.class"), "no class");
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertThatThrownBy(() -> Rewards.require("Broken"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll(
                            "reward is Broken", "can't be loaded", "ClassFormatError", "ALIGN4J_CLASSPATH");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
