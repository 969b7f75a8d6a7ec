package org.align4j.core.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OutputFile;
import org.align4j.core.gguf.GgufFields.Field;
import org.align4j.core.gguf.GgufFields.Kind;
import org.align4j.core.stop.StopSignal;

/** Writes a GGUF file of version 3, one tensor after the other. The file appears whole or not at all. */
public final class GgufWriter {
    private static final int BUFFER_BYTES = 1 << 20;

    private final GgufFields fields;
    private final Map<String, Pending> tensors = new LinkedHashMap<>();

    private record Pending(GgufType type, List<Long> shape, Source source) {
        long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        long bytes() {
            return type.bytes(elements());
        }
    }

    /** Delivers a tensor's values when its turn comes. */
    @FunctionalInterface
    public interface Source {
        /** Hands exactly the tensor's numbers to {@code sink}, in row-major order. */
        void writeTo(Sink sink) throws IOException;
    }

    /** Makes a writer of a file with these fields. */
    public GgufWriter(GgufFields fields) {
        this.fields = fields;
    }

    /**
     * Adds a tensor; {@code source} is asked for its values while the file is written.
     *
     * @param shape outermost dimension first
     */
    public GgufWriter add(String name, GgufType type, List<Long> shape, Source source) {
        if (!type.fits(shape.get(shape.size() - 1))) {
            throw new IllegalArgumentException(name + " " + shape + " can't be " + type);
        }
        if (tensors.putIfAbsent(name, new Pending(type, List.copyOf(shape), source)) != null) {
            throw new IllegalArgumentException("tensor " + name + " is added twice");
        }
        return this;
    }

    /** Adds a float32 tensor that is in memory. */
    public GgufWriter add(String name, float[] values, long... shape) {
        List<Long> dimensions = new ArrayList<>();
        for (long length : shape) {
            dimensions.add(length);
        }
        return add(name, GgufType.F32, dimensions, sink -> sink.floats(FloatBuffer.wrap(values)));
    }

    /** Counts the bytes that the file will have. */
    public long bytes() {
        return padded(head().length)
                + tensors.values().stream()
                        .mapToLong(each -> padded(each.bytes()))
                        .sum();
    }

    /** Counts the tensors that are held as a type. */
    public long count(GgufType type) {
        return tensors.values().stream().filter(each -> each.type == type).count();
    }

    /**
     * Writes the file.
     *
     * @param progress hears of the bytes that are there, now and then
     */
    public void write(Path file, LongConsumer progress) {
        OutputFile.write(file, channel -> {
            byte[] head = head();
            Sink sink = new Sink(channel, progress);
            sink.raw(ByteBuffer.wrap(head));
            sink.pad();
            for (Map.Entry<String, Pending> each : tensors.entrySet()) {
                sink.begin(each.getKey(), each.getValue().type);
                each.getValue().source.writeTo(sink);
                sink.end(each.getValue().bytes());
            }
        });
    }

    private static long padded(long bytes) {
        return (bytes + GgufFile.USUAL_ALIGNMENT - 1) / GgufFile.USUAL_ALIGNMENT * GgufFile.USUAL_ALIGNMENT;
    }

    private byte[] head() {
        HeadBytes head = new HeadBytes();
        head.number(GgufFile.MAGIC, 4);
        head.number(GgufFile.VERSION, 4);
        head.number(tensors.size(), 8);
        head.number(fields.names().size(), 8);
        fields.all().forEach(head::field);
        long offset = 0;
        for (Map.Entry<String, Pending> each : tensors.entrySet()) {
            Pending tensor = each.getValue();
            head.text(each.getKey());
            head.number(tensor.shape.size(), 4);
            for (int i = tensor.shape.size() - 1; i >= 0; i--) {
                head.number(tensor.shape.get(i), 8);
            }
            head.number(tensor.type.id(), 4);
            head.number(offset, 8);
            offset += padded(tensor.bytes());
        }
        return head.bytes();
    }

    /** The bytes before the tensors. */
    private static final class HeadBytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        void number(long value, int bytes) {
            for (int i = 0; i < bytes; i++) {
                out.write((int) (value >>> (8 * i)));
            }
        }

        void text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            number(bytes.length, 8);
            out.writeBytes(bytes);
        }

        void field(String name, Field field) {
            text(name);
            if (field.value() instanceof List<?> list) {
                number(Kind.LIST.number(), 4);
                number(field.kind().number(), 4);
                number(list.size(), 8);
                list.forEach(each -> value(field.kind(), each));
            } else {
                number(field.kind().number(), 4);
                value(field.kind(), field.value());
            }
        }

        private void value(Kind kind, Object value) {
            switch (kind) {
                case TEXT -> text((String) value);
                case BOOL -> number((Boolean) value ? 1 : 0, 1);
                case F32 -> number(Float.floatToRawIntBits(((Double) value).floatValue()), 4);
                case F64 -> number(Double.doubleToRawLongBits((Double) value), 8);
                default -> number((Long) value, kind.bytes);
            }
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }

    /** Takes one tensor's values in row-major order, in as many pieces as the source likes, and writes them in the tensor's type. */
    public static final class Sink {
        private final WritableByteChannel channel;
        private final LongConsumer progress;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private final FloatBuffer kept = FloatBuffer.allocate(BUFFER_BYTES / 8);
        private GgufType type = GgufType.F32;
        private String name = "";
        private long written;
        private long begun;

        Sink(WritableByteChannel channel, LongConsumer progress) {
            this.channel = channel;
            this.progress = progress;
        }

        /** Takes the remaining values; the buffer may be reused afterwards. */
        public void floats(FloatBuffer values) throws IOException {
            while (values.hasRemaining()) {
                int count = Math.min(values.remaining(), kept.remaining());
                FloatBuffer part = values.slice(values.position(), count);
                kept.put(part);
                values.position(values.position() + count);
                if (!kept.hasRemaining()) {
                    flush();
                }
            }
        }

        private void begin(String tensor, GgufType its) {
            name = tensor;
            type = its;
            begun = written;
        }

        private void end(long bytes) throws IOException {
            flush();
            if (written - begun != bytes) {
                throw new IllegalStateException(
                        "tensor " + name + " needs " + bytes + " bytes but its source wrote " + (written - begun));
            }
            pad();
        }

        private void flush() throws IOException {
            requireHeld(kept.flip());
            type.encode(kept, buffer.clear());
            kept.clear();
            raw(buffer.flip());
        }

        /** Refuses what would not be the number that it was: NaN or infinite, or beyond the type's range. */
        private void requireHeld(FloatBuffer values) {
            float most = type == GgufType.F32 || type == GgufType.BF16 ? Float.MAX_VALUE : limit();
            for (int i = 0; i < values.limit(); i++) {
                float value = values.get(i);
                if (!(Math.abs(value) <= most)) {
                    throw new InputException("tensor " + name + " holds " + value + ", which "
                            + (Float.isFinite(value)
                                    ? type.label() + " can't hold (at most " + most + "); take --type f32 or bf16."
                                    : "is no finite number; the weights are damaged."));
                }
            }
        }

        /** The largest magnitude: of a half-precision number, or of one that is a scale's multiple. */
        private float limit() {
            return type == GgufType.Q8_0 ? 65504f * 127 : type == GgufType.Q4_0 ? 65504f * 8 : 65504f;
        }

        private void raw(ByteBuffer bytes) throws IOException {
            StopSignal.throwIfStopped();
            written += bytes.remaining();
            channel.write(bytes);
            progress.accept(written);
        }

        private void pad() throws IOException {
            raw(ByteBuffer.allocate((int) (padded(written) - written)));
        }
    }
}
