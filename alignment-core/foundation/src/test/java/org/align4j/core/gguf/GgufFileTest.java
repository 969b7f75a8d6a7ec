package org.align4j.core.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written is read as it was; what is cut, damaged or lies about its counts is refused with a sentence. */
class GgufFileTest {
    private static final float[] VALUES = {1, -2, 0.5f, 3, 4, 5};

    @TempDir
    Path folder;

    private Path written() {
        Path file = folder.resolve("model.gguf");
        GgufFields fields = new GgufFields()
                .text("general.architecture", "llama")
                .whole("llama.block_count", 4_000_000_000L)
                .fraction("llama.rope.freq_base", 10_000)
                .flag("tokenizer.ggml.add_bos_token", true)
                .texts("tokenizer.ggml.tokens", List.of("a", "ä", ""))
                .wholes("tokenizer.ggml.token_type", List.of(1L, -1L));
        new GgufWriter(fields)
                .add("first.weight", VALUES, 2, 3)
                .add("second.weight", GgufType.Q8_0, List.of(2L, 32L), sink -> {
                    float[] row = new float[64];
                    Arrays.fill(row, 127);
                    sink.floats(FloatBuffer.wrap(row));
                })
                .write(file, written -> {});
        return file;
    }

    @Test
    void whatIsWrittenIsReadAsItWas() {
        GgufFile file = GgufFile.open(written());
        assertThat(file.fields().text("general.architecture")).isEqualTo("llama");
        assertThat(file.fields().whole("llama.block_count", 0, Long.MAX_VALUE)).isEqualTo(4_000_000_000L);
        assertThat(file.fields().number("llama.rope.freq_base", 0)).isEqualTo(10_000);
        assertThat(file.fields().isOn("tokenizer.ggml.add_bos_token", false)).isTrue();
        assertThat(file.fields().texts("tokenizer.ggml.tokens")).containsExactly("a", "ä", "");
        assertThat(file.fields().wholes("tokenizer.ggml.token_type")).containsExactly(1L, -1L);
        GgufTensor first = file.tensors().get("first.weight");
        assertThat(first.shape()).containsExactly(2L, 3L);
        assertThat(first.floats()).containsExactly(VALUES);
        assertThat(first.begin() % 32).isZero();
        assertThat(file.tensors().get("second.weight").floats()).containsOnly(127f);
    }

    @Test
    void theBytesAreKnownBeforeTheyAreWritten() throws IOException {
        GgufWriter writer = new GgufWriter(new GgufFields().text("a", "b")).add("x", VALUES, 6);
        writer.write(folder.resolve("x.gguf"), written -> {});
        assertThat(Files.size(folder.resolve("x.gguf"))).isEqualTo(writer.bytes());
    }

    @Test
    void aSourceThatFailsLeavesNoFile() {
        GgufWriter writer = new GgufWriter(new GgufFields()).add("x", GgufType.F32, List.of(4L), sink -> {
            sink.floats(FloatBuffer.wrap(new float[2]));
            throw new IllegalStateException("gone");
        });
        assertThatThrownBy(() -> writer.write(folder.resolve("x.gguf"), written -> {}))
                .hasMessageContaining("gone");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"F16, 70000, 65504", "F32, NaN, finite", "Q4_0, Infinity, finite"})
    void whatATypeCantHoldIsRefused(GgufType type, float value, String word) {
        float[] values = new float[32];
        values[7] = value;
        GgufWriter writer = new GgufWriter(new GgufFields())
                .add("x", type, List.of(32L), sink -> sink.floats(FloatBuffer.wrap(values)));
        assertThatThrownBy(() -> writer.write(folder.resolve("x.gguf"), written -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tensor x")
                .hasMessageContaining(word);
    }

    /** Every cut within the head or the tensors is found when the file is opened. */
    @Test
    void everyCutIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(written());
        int data = 64 / 32 * 34;
        for (int length = 0; length < whole.length - (32 - data % 32); length++) {
            Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GgufFile.open(cut))
                    .as("cut to %d", length)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("cut.gguf");
        }
    }

    /** Each line: where in the file, the eight bytes there, words of the refusal. */
    @ParameterizedTest
    @CsvSource({
        "8, -1, tensors",
        "8, 9000000000000000000, tensors",
        "16, 1000000000, fields",
        "24, 1152921504606846976, damaged",
        "4, 99, version",
        "0, 0, GGUF"
    })
    void hugeCountsAreRefusedBeforeMemoryIsTaken(int at, long number, String word) throws IOException {
        byte[] bytes = Files.readAllBytes(written());
        for (int i = 0; i < (at == 4 ? 4 : 8); i++) {
            bytes[at + i] = (byte) (number >>> 8 * i);
        }
        Path file = Files.write(folder.resolve("huge.gguf"), bytes);
        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(word);
    }

    /** Any damage is a refusal or a file that can be read to its end. */
    @Test
    void damageIsRefusedOrReadAndNeverAnythingElse() throws IOException {
        byte[] whole = Files.readAllBytes(written());
        Random random = new Random(5);
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 255);
            }
            Path file = Files.write(folder.resolve("damaged.gguf"), bytes);
            try {
                GgufFile.open(file).tensors().values().forEach(GgufTensor::floats);
            } catch (InputException refused) {
                assertThat(refused).hasMessageContaining("damaged.gguf");
            }
        }
    }

    /** The second tensor's place, the last number of the head, is made the first one's. */
    @Test
    void tensorsOverOneAnotherAreRefused() throws IOException {
        Path file = folder.resolve("over.gguf");
        new GgufWriter(new GgufFields()).add("x", VALUES, 6).add("y", VALUES, 6).write(file, written -> {});
        byte[] bytes = Files.readAllBytes(file);
        int offset = 24 + 2 * (8 + 1 + 4 + 8 + 4 + 8) - 8;
        assertThat(bytes[offset]).isEqualTo((byte) 32);
        bytes[offset] = 0;
        Files.write(file, bytes);
        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("lies over another");
    }

    @Test
    void typesThatAreNotReadAreNamed() {
        assertThatThrownBy(() -> GgufType.of(13, "m.gguf: tensor x"))
                .hasMessageContaining("Q5_K")
                .hasMessageContaining("q4_k");
        assertThatThrownBy(() -> GgufType.of(77, "m.gguf: tensor x")).hasMessageContaining("type 77");
    }
}
