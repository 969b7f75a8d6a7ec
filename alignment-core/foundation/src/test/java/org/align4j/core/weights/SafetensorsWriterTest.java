package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.RunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    Path directory;

    @Test
    void writesWhatTheFormatSays() throws IOException {
        Path file = directory.resolve("a.safetensors");
        new SafetensorsWriter().add("b", new float[] {1, -2}, 2).write(file);
        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes[0]).isEqualTo((byte) (bytes.length - 16));
        assertThat((bytes.length - 8) % 8).isZero();
        assertThat(new String(bytes, 8, bytes.length - 16).stripTrailing()).isEqualTo(header);
        assertThat(List.of(bytes[bytes.length - 8], bytes[bytes.length - 5], bytes[bytes.length - 1]))
                .containsExactly((byte) 0, (byte) 0x3F, (byte) 0xC0);
    }

    @Test
    void orderOfAddingDoesNotMatter() {
        Path one = directory.resolve("one.safetensors");
        Path two = directory.resolve("two.safetensors");
        SafetensorsWriter.Source half = sink -> sink.floats(new float[] {1.5f, 2.5f});
        new SafetensorsWriter()
                .add("z", StoredDtype.BF16, new long[] {2}, half)
                .add("y", new float[] {3}, 1)
                .write(one);
        new SafetensorsWriter()
                .add("y", new float[] {3}, 1)
                .add("z", StoredDtype.BF16, new long[] {2}, half)
                .write(two);
        assertThat(one).hasSameBinaryContentAs(two);
        assertThat(SafetensorsFile.open(one).tensors().keySet()).containsExactly("y", "z");
    }

    @Test
    void roundsToTheAskedType() {
        Path file = directory.resolve("a.safetensors");
        float third = 1 / 3f;
        SafetensorsWriter writer = new SafetensorsWriter();
        for (StoredDtype dtype : List.of(StoredDtype.F64, StoredDtype.F32, StoredDtype.F16, StoredDtype.BF16)) {
            writer.add(dtype.name(), dtype, new long[] {1, 2}, sink -> {
                sink.floats(FloatBuffer.wrap(new float[] {third}));
                sink.floats(new float[] {-1});
            });
        }
        writer.write(file);
        Map<String, TensorEntry> tensors = SafetensorsFile.open(file).tensors();
        assertThat(tensors.get("F64").floats()).containsExactly(third, -1);
        assertThat(tensors.get("F32").floats()).containsExactly(third, -1);
        assertThat(tensors.get("F16").floats()).containsExactly(0.333251953125f, -1);
        assertThat(tensors.get("BF16").floats()).containsExactly(0.333984375f, -1);
    }

    /** Longer than the buffer that all go through, from the middle of one outside the Java heap. */
    @Test
    void writesLongTensorsInPieces() {
        Path file = directory.resolve("a.safetensors");
        float[] values = new float[300_001];
        FloatBuffer outside = ByteBuffer.allocateDirect((values.length + 7) * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 256;
            outside.put(7 + i, values[i]);
        }
        SafetensorsWriter writer = new SafetensorsWriter();
        for (StoredDtype dtype : List.of(StoredDtype.F64, StoredDtype.F32, StoredDtype.F16, StoredDtype.BF16)) {
            writer.add(dtype.name(), dtype, new long[] {values.length}, sink -> sink.floats(outside.position(7)));
        }
        writer.write(file);
        SafetensorsFile.open(file)
                .tensors()
                .values()
                .forEach(tensor -> assertThat(tensor.floats()).isEqualTo(values));
    }

    @Test
    void shardsBySizeWithAnIndexThatReadsBack() throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int i = 0; i < 5; i++) {
            writer.add("t" + i, new float[] {i, i, i}, 3);
        }
        writer.writeModel(directory, 24);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()).sorted())
                    .containsExactly(
                            "model-00001-of-00003.safetensors",
                            "model-00002-of-00003.safetensors",
                            "model-00003-of-00003.safetensors",
                            "model.safetensors.index.json");
        }
        assertThat(directory.resolve("model.safetensors.index.json")).content().contains("\"total_size\" : 60");
        WeightStore store = WeightStore.open(directory);
        assertThat(store.names()).containsExactly("t0", "t1", "t2", "t3", "t4");
        assertThat(store.require("t3", 3).floats()).containsExactly(3, 3, 3);
    }

    @Test
    void aFailureLeavesTheOldFileAndNoDebris() throws IOException {
        Path file = directory.resolve("a.safetensors");
        new SafetensorsWriter().add("old", new float[] {1}, 1).write(file);
        SafetensorsWriter failing = new SafetensorsWriter().add("new", StoredDtype.F32, new long[] {4}, sink -> {
            sink.floats(new float[] {1, 2});
            throw new IOException("No space left on device");
        });
        assertThatThrownBy(() -> failing.write(file))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("a.safetensors could not be written: No space left on device");
        assertThat(SafetensorsFile.open(file).tensors()).containsOnlyKeys("old");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aSourceOfTheWrongLengthIsRefused() {
        SafetensorsWriter writer = new SafetensorsWriter().add("short", new float[] {1, 2}, 3);
        assertThatThrownBy(() -> writer.write(directory.resolve("a.safetensors")))
                .hasMessageContaining("tensor short F32[3] needs 12 bytes but its source wrote 8");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void emptyAndScalarTensors() {
        Path file = directory.resolve("a.safetensors");
        new SafetensorsWriter()
                .add("empty", new float[0], 0, 4)
                .add("scalar", new float[] {7})
                .write(file);
        SafetensorsFile read = SafetensorsFile.open(file);
        assertThat(read.tensors().get("empty").floats()).isEmpty();
        assertThat(read.tensors().get("scalar").floats()).containsExactly(7);
        assertThat(read.tensors().get("scalar").shape()).isEmpty();
    }

    /** Each tensor once left a megabyte outside the Java heap until the next collection. */
    @Test
    void manyTensorsLeaveNoBuffers() {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        SafetensorsWriter writer = new SafetensorsWriter();
        for (int i = 0; i < 200; i++) {
            writer.add("tensor" + i, new float[] {i}, 1);
        }
        long before = direct.getMemoryUsed();
        writer.write(directory.resolve("many.safetensors"));
        assertThat(direct.getMemoryUsed() - before).isLessThan(8L << 20);
    }
}
