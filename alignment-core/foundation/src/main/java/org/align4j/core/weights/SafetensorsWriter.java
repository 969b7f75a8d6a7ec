package org.align4j.core.weights;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.stop.StopSignal;

/**
 * Writes tensors as safetensors, one at a time, in the layout of the Python library: the same tensors give the same bytes,
 * whatever the order in which they were added. Files appear whole or not at all.
 */
public final class SafetensorsWriter {
    private static final int PIECE = 1 << 20;
    private static final int MAX_MAPPED_ELEMENTS = 1 << 27;

    private final List<Pending> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private record Pending(String name, StoredDtype dtype, List<Long> shape, Source source) {
        long bytes() {
            return shape.stream().reduce((long) dtype.bits(), Math::multiplyExact) / 8;
        }
    }

    /** Delivers a tensor's values when its turn comes. */
    @FunctionalInterface
    public interface Source {
        /** Hands exactly the tensor's elements to {@code sink}, in row-major order. */
        void writeTo(TensorSink sink) throws IOException;
    }

    /**
     * Adds a tensor; {@code source} is asked for its values while the file is written.
     *
     * @throws IllegalArgumentException when the name was added before
     */
    public SafetensorsWriter add(String name, StoredDtype dtype, long[] shape, Source source) {
        if (!names.add(name) || name.equals("__metadata__")) {
            throw new IllegalArgumentException("tensor " + name + " is added twice or reserved");
        }
        tensors.add(new Pending(name, dtype, Arrays.stream(shape).boxed().toList(), source));
        return this;
    }

    /** Adds a float32 tensor that is in memory. */
    public SafetensorsWriter add(String name, float[] values, long... shape) {
        return add(name, StoredDtype.F32, shape, sink -> sink.floats(values));
    }

    /** Adds a tensor of another file as it is, under the same name; what blocks are scaled in becomes BF16. */
    public SafetensorsWriter add(TensorEntry entry) {
        if (entry.scales() != null) {
            return add(entry.name(), StoredDtype.BF16, entry.shape(), sink -> {
                FloatBuffer piece = FloatBuffer.allocate(PIECE);
                for (long at = 0; at < entry.elements(); at += PIECE) {
                    entry.read(at, piece.clear().limit((int) Math.min(PIECE, entry.elements() - at)));
                    sink.floats(piece.flip());
                }
            });
        }
        return add(entry.name(), entry.dtype(), entry.shape(), sink -> {
            for (long at = 0; at < entry.elements(); at += MAX_MAPPED_ELEMENTS) {
                sink.bytes(entry.map(at, Math.min(MAX_MAPPED_ELEMENTS, entry.elements() - at)));
            }
        });
    }

    /** Writes everything into one file. */
    public void write(Path file) {
        write(file, tensors);
    }

    /**
     * Writes {@code model.safetensors} into {@code directory} or, when that would be larger than {@code maxShardBytes},
     * shards of at most that size (a larger tensor alone) and their index, in the order the tensors were added.
     */
    public void writeModel(Path directory, long maxShardBytes) {
        List<List<Pending>> shards = shards(maxShardBytes);
        if (shards.size() <= 1) {
            write(directory.resolve(WeightStore.SINGLE));
            return;
        }
        ObjectNode map = Json.object();
        for (int i = 0; i < shards.size(); i++) {
            String name = format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            write(directory.resolve(name), shards.get(i));
            shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
        }
        ObjectNode index = Json.object();
        index.putObject("metadata")
                .put("total_size", tensors.stream().mapToLong(Pending::bytes).sum());
        index.set("weight_map", map);
        OutputFile.write(
                directory.resolve(ShardIndex.FILE_NAME),
                (index.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private List<List<Pending>> shards(long maxShardBytes) {
        List<List<Pending>> shards = new ArrayList<>();
        List<Pending> current = new ArrayList<>();
        long size = 0;
        for (Pending tensor : tensors) {
            if (!current.isEmpty() && size + tensor.bytes() > maxShardBytes) {
                shards.add(current);
                current = new ArrayList<>();
                size = 0;
            }
            current.add(tensor);
            size += tensor.bytes();
        }
        shards.add(current);
        return shards;
    }

    private static void write(Path file, List<Pending> tensors) {
        List<Pending> ordered = tensors.stream()
                .sorted(Comparator.comparing(Pending::dtype, Comparator.reverseOrder())
                        .thenComparing(Pending::name))
                .toList();
        OutputFile.write(file, channel -> {
            channel.write(header(ordered));
            ByteBuffer buffer = TensorSink.newBuffer();
            for (Pending tensor : ordered) {
                writeTensor(channel, tensor, buffer);
            }
        });
    }

    private static void writeTensor(WritableByteChannel channel, Pending tensor, ByteBuffer buffer) throws IOException {
        TensorSink sink = new TensorSink(channel, tensor.dtype(), buffer);
        tensor.source().writeTo(sink);
        if (sink.written() != tensor.bytes()) {
            throw new IllegalStateException("tensor " + tensor.name() + " " + tensor.dtype() + tensor.shape()
                    + " needs " + tensor.bytes() + " bytes but its source wrote " + sink.written());
        }
    }

    private static ByteBuffer header(List<Pending> ordered) throws IOException {
        ObjectNode root = Json.object();
        root.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Pending tensor : ordered) {
            ObjectNode node = root.putObject(tensor.name());
            node.put("dtype", tensor.dtype().name());
            tensor.shape().forEach(node.putArray("shape")::add);
            node.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        byte[] json = Json.bytes(root);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer header = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    /** Takes one tensor's values in row-major order, in as many pieces as the source likes, and encodes them into the file. */
    public static final class TensorSink {
        private static final int BUFFER_BYTES = 1 << 20;

        private final WritableByteChannel channel;
        private final StoredDtype dtype;
        private final ByteBuffer buffer;
        private long written;

        /**
         * Sends a tensor into a file.
         *
         * @param channel takes whole buffers
         * @param buffer of {@link #newBuffer}, for one sink after the other
         */
        TensorSink(WritableByteChannel channel, StoredDtype dtype, ByteBuffer buffer) {
            this.channel = channel;
            this.dtype = dtype;
            this.buffer = buffer;
        }

        /**
         * Makes a buffer in the Java heap: outside of it, one for each tensor stayed until the next collection, a gigabyte a
         * checkpoint.
         */
        static ByteBuffer newBuffer() {
            return ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }

        /** Writes the remaining values, rounded to the tensor's type; the buffer may be reused afterwards. */
        public void floats(FloatBuffer values) throws IOException {
            while (values.hasRemaining()) {
                int count = Math.min(values.remaining(), BUFFER_BYTES / Double.BYTES);
                encode(values.slice(values.position(), count));
                values.position(values.position() + count);
                bytes(buffer.flip());
            }
        }

        /** Writes all of {@code values}, rounded to the tensor's type. */
        public void floats(float[] values) throws IOException {
            floats(FloatBuffer.wrap(values));
        }

        /**
         * Writes the remaining bytes, which are already little-endian elements of the tensor's type.
         *
         * @throws org.align4j.core.stop.StoppedException if the process was asked to stop
         */
        public void bytes(ByteBuffer encoded) throws IOException {
            StopSignal.throwIfStopped();
            written += encoded.remaining();
            channel.write(encoded);
        }

        /** Encodes values into the buffer; fp32 as a whole, since one by one is several times slower. */
        private void encode(FloatBuffer values) {
            buffer.clear();
            if (dtype == StoredDtype.F32) {
                int bytes = values.remaining() * Float.BYTES;
                buffer.asFloatBuffer().put(values);
                buffer.position(bytes);
            } else {
                while (values.hasRemaining()) {
                    encode(values.get());
                }
            }
        }

        private void encode(float value) {
            switch (dtype) {
                case BF16 -> buffer.putShort(HalfPrecision.floatToBfloat16(value));
                case F16 -> buffer.putShort(HalfPrecision.floatToFloat16(value));
                case F64 -> buffer.putDouble(value);
                default -> throw new IllegalArgumentException("floats cannot be written as " + dtype);
            }
        }

        long written() {
            return written;
        }
    }
}
