package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that the Python library wrote: read in full, written again, equal byte for byte. */
@Tag("reference")
class ReferenceWeightsTest {
    @TempDir
    Path directory;

    @Test
    void rewritingGivesTheSameBytes() throws IOException {
        int files = 0;
        int tensors = 0;
        for (Path file : safetensors()) {
            SafetensorsFile read = SafetensorsFile.open(file);
            SafetensorsWriter copy = new SafetensorsWriter();
            read.tensors().values().forEach(copy::add);
            Path written = directory.resolve("copy.safetensors");
            copy.write(written);
            if (read.metadata().equals(Map.of("format", "pt"))) {
                assertThat(written).as("%s", file).hasSameBinaryContentAs(file);
            }
            SafetensorsFile again = SafetensorsFile.open(written);
            assertThat(again.tensors().keySet())
                    .containsExactlyElementsOf(read.tensors().keySet());
            for (TensorEntry entry : read.tensors().values()) {
                TensorEntry other = again.tensors().get(entry.name());
                assertThat(other.map()).isEqualTo(entry.map());
                assertThat(other.shape()).isEqualTo(entry.shape());
                if (entry.dtype().readableAsFloat()) {
                    assertThat(other.floats()).isEqualTo(entry.floats());
                }
            }
            files++;
            tensors += read.tensors().size();
        }
        assertThat(files).isGreaterThan(60);
        assertThat(tensors).isGreaterThan(1000);
    }

    @Test
    void everyModelDirectoryOpens() throws IOException {
        int sharded = 0;
        for (Path file : safetensors()) {
            Path model = file.getParent();
            if (file.getFileName().toString().startsWith("model") && Files.exists(model.resolve("config.json"))) {
                assertThat(WeightStore.open(model).names())
                        .containsAll(SafetensorsFile.open(file).tensors().keySet());
                sharded += Files.exists(model.resolve("model.safetensors")) ? 0 : 1;
            }
        }
        assertThat(sharded).isGreaterThan(1);
    }

    private static List<Path> safetensors() throws IOException {
        String shared = System.getenv("ALIGN4J_SHARED");
        Path root = shared != null ? Path.of(shared) : Path.of(System.getProperty("align4j.root", "."), "..", "shared");
        Path reference = root.resolve("reference");
        Assumptions.assumeTrue(Files.isDirectory(reference), "no reference files beside the repository");
        try (Stream<Path> files = Files.walk(reference)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }
}
