package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.hub.WritableHub;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * huggingface_hub's own client, pinned, against the hub that {@code align push} is tested with: {@code mvn verify -Pexternal}, which needs python3 and a
 * package index. What passes there is what the real hub is asked.
 */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalHubTest {
    private static final Path SCRIPTS =
            Path.of(System.getProperty("align4j.root")).resolve("examples/src/test/external");

    @TempDir
    Path folder;

    @Test
    void pythonsClientPushesAFolderToTheHubOfTheTests() throws Exception {
        String python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("hub-requirements.txt"));
        Path model = model();
        try (WritableHub hub = new WritableHub()) {
            String said = ServedZip.run(
                    List.of(python, SCRIPTS.resolve("hub_folder.py").toString(), model.toString(), "org/theirs"),
                    Map.of(
                            "HF_ENDPOINT",
                            hub.endpoint().toString(),
                            "HF_TOKEN",
                            WritableHub.TOKEN,
                            "HF_HOME",
                            folder.resolve("home").toString(),
                            "HF_HUB_DISABLE_XET",
                            "1"));
            assertThat(said).contains("pushed 5 files");
            assertThat(hub.commits("org/theirs")).isOne();
            assertThat(hub.unverified()).isZero();
            assertThat(hub.isPrivate("org/theirs")).isTrue();
            for (String name : List.of("model.safetensors", "small.gguf", "README.md", "empty.txt")) {
                assertThat(hub.bytes("org/theirs", name)).isEqualTo(Files.readAllBytes(model.resolve(name)));
            }
        }
    }

    /** A file in parts, one in one piece, and small ones. */
    private Path model() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        byte[] weights = new byte[3 * WritableHub.PART + 1];
        new Random(1).nextBytes(weights);
        Files.write(model.resolve("model.safetensors"), weights);
        Files.write(model.resolve("small.gguf"), new byte[100]);
        Files.writeString(model.resolve("README.md"), "---\nlicense: mit\n---\n# Theirs\n");
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("empty.txt"), "");
        return model;
    }
}
