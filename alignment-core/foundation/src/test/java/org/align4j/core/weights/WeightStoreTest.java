package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightStoreTest {
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir
    Path directory;

    private Path index;

    @BeforeEach
    void writeTwoShards() {
        new SafetensorsWriter()
                .add("a.weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .add("b.weight", new float[] {7, 8}, 2)
                .writeModel(directory, 24);
        index = directory.resolve(ShardIndex.FILE_NAME);
    }

    @Test
    void requiresShapes() {
        WeightStore store = WeightStore.open(directory);
        assertThat(store.require("a.weight", 2, 3).floats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThatThrownBy(() -> store.require("a.weight", 3, 2))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("model-00001-of-00002.safetensors: tensor a.weight has shape [2, 3] but [3, 2]");
        assertThatThrownBy(() -> store.require("c.weight", 4))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no tensor c.weight of shape [4]; its 2 tensors are a.weight, b.weight");
    }

    @Test
    void reportsAllDifferencesAtOnce() {
        WeightStore store = WeightStore.open(directory);
        Map<String, long[]> exact = Map.of("a.weight", new long[] {2, 3}, "b.weight", new long[] {2});
        assertThatCode(() -> store.requireExactly(exact, name -> false)).doesNotThrowAnyException();
        Map<String, long[]> other = Map.of("a.weight", new long[] {2, 4}, "c.weight", new long[] {9});
        assertThatThrownBy(() -> store.requireExactly(other, name -> false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("1 tensor missing: c.weight [9]")
                .hasMessageContaining("tensor a.weight has shape [2, 3] but [2, 4] is required")
                .hasMessageContaining("1 tensor not part of this model: b.weight");
        assertThatThrownBy(() -> store.requireExactly(other, name -> name.startsWith("b")))
                .hasMessageNotContaining("not part of this model");
    }

    @Test
    void missingShard() throws IOException {
        Files.delete(directory.resolve(SECOND));
        assertRefused().hasMessageContaining(SECOND + " is missing; model.safetensors.index.json says that it holds 1");
    }

    @Test
    void truncatedShard() throws IOException {
        Path shard = directory.resolve(SECOND);
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 4));
        assertRefused().hasMessageContaining(SECOND + ": tensor b.weight with shape [2] ends at byte");
    }

    @Test
    void indexAndShardsDisagree() throws IOException {
        String text = Files.readString(index);
        Files.writeString(index, text.replace("\"a.weight\"", "\"x.weight\""));
        assertRefused().hasMessageContaining("has no tensor x.weight, but model.safetensors.index.json says so");
        Files.writeString(
                index,
                text.replace("\"b.weight\" : \"" + SECOND, "\"b.weight\" : \"model-00001-of-00002.safetensors")
                        .replace("}\n}", ", \"a.weight2\" : \"" + SECOND + "\"}\n}"));
        assertRefused().hasMessageContaining("b.weight is in model-00001-of-00002.safetensors, but it is in " + SECOND);
    }

    @Test
    void oneTensorInTwoShards() {
        new SafetensorsWriter()
                .add("a.weight", new float[] {1}, 1)
                .add("b.weight", new float[] {7, 8}, 2)
                .write(directory.resolve(SECOND));
        assertRefused()
                .hasMessageContaining("tensor a.weight is in model-00001-of-00002.safetensors with shape [2, 3]");
    }

    @Test
    void uselessIndexes() throws IOException {
        Files.writeString(index, "{}");
        assertRefused().hasMessageContaining("has no weight_map");
        Files.writeString(index, "{");
        assertRefused().hasMessageContaining("is not valid JSON");
        Files.writeString(index, "{\"weight_map\": {\"a\": \"../other.safetensors\"}}");
        assertRefused().hasMessageContaining("must be the name of a file beside the index");
    }

    @Test
    void noSafetensors(@TempDir Path empty) throws IOException {
        assertThatThrownBy(() -> WeightStore.open(empty))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has neither model.safetensors nor model.safetensors.index.json");
        Files.createFile(empty.resolve("pytorch_model.bin"));
        assertThatThrownBy(() -> WeightStore.open(empty)).hasMessageContaining("pytorch_model.bin is not read");
        assertThatThrownBy(() -> WeightStore.open(empty.resolve("nowhere"))).hasMessageContaining("does not exist");
    }

    @Test
    void hashes() throws IOException {
        Path file = Files.writeString(directory.resolve("abc"), "abc");
        assertThat(FileHash.sha256(file)).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused() {
        return assertThatThrownBy(() -> WeightStore.open(directory)).isInstanceOf(InputException.class);
    }
}
