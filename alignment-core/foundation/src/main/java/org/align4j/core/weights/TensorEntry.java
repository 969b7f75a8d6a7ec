package org.align4j.core.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.InputFile;
import org.jspecify.annotations.Nullable;

/**
 * One tensor in a safetensors file: where it lies and how to read it. Nothing is read before it is asked for.
 *
 * @param name its name in the file
 * @param dtype its element type in the file
 * @param shape its dimensions, outermost first; empty for a scalar
 * @param file the file that holds it
 * @param begin the absolute offset of its first byte
 * @param end the absolute offset behind its last byte
 * @param scales what its values are multiplied by; null: nothing
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out; equality compares the contents
public record TensorEntry(
        String name,
        StoredDtype dtype,
        long[] shape,
        Path file,
        long begin,
        long end,
        @Nullable BlockScales scales) {
    private static final int CHUNK_ELEMENTS = 1 << 20;
    private static final int ARRAY_ELEMENTS = 1 << 13;

    public TensorEntry {
        shape = shape.clone();
    }

    /**
     * A run of the elements as a tensor of its own.
     *
     * @param firstElement the first one, counted in the tensor's row-major order
     */
    public TensorEntry part(String ownName, long firstElement, long... ownShape) {
        long count = Arrays.stream(ownShape).reduce(1, Math::multiplyExact);
        Objects.checkFromIndexSize(firstElement, count, elements());
        long first = begin + byteOffset(firstElement);
        return new TensorEntry(ownName, dtype, ownShape, file, first, begin + byteOffset(firstElement + count), scales);
    }

    /** Returns this tensor with its blocks scaled. */
    TensorEntry scaledBy(BlockScales blocks) {
        return new TensorEntry(name, dtype, shape, file, begin, end, blocks);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Counts the elements of the tensor. */
    public long elements() {
        long product = 1;
        for (long dimension : shape) {
            product *= dimension;
        }
        return product;
    }

    /** The number of bytes in the file. */
    public long bytes() {
        return end - begin;
    }

    /**
     * Maps the tensor's bytes: a direct, read-only, little-endian buffer that costs no heap and stays valid as long as it
     * is reachable.
     *
     * @throws InputException if the tensor is larger than one buffer can be (2 GiB); map it in parts then
     */
    public ByteBuffer map() {
        return map(0, elements());
    }

    /**
     * Maps the bytes of a run of elements, for tensors that don't fit one buffer.
     *
     * @param firstElement the first element, counted in the tensor's row-major order
     * @param count how many elements; their bytes must fit one buffer
     */
    public ByteBuffer map(long firstElement, long count) {
        Objects.checkFromIndexSize(firstElement, count, elements());
        long offset = byteOffset(firstElement);
        long length = byteOffset(firstElement + count) - offset;
        if (length > Integer.MAX_VALUE) {
            throw new InputException(describe() + " needs " + length + " bytes in one buffer, which holds at most "
                    + Integer.MAX_VALUE + "; read it in parts.");
        }
        try (FileChannel channel = InputFile.open(file)) {
            if (channel.size() < end) {
                throw new InputException(describe() + " ends at byte " + end + " but the file now has only "
                        + channel.size() + "; it was changed while in use.");
            }
            return channel.map(MapMode.READ_ONLY, begin + offset, length).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new InputException(describe() + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private long byteOffset(long element) {
        long bits = Math.multiplyExact(element, (long) dtype.bits());
        if (bits % 8 != 0) {
            throw new InputException(describe() + " is packed below a byte, so element " + element
                    + " does not start at a byte; map the whole tensor.");
        }
        return bits / 8;
    }

    /**
     * Reads the whole tensor as float32, in row-major order.
     *
     * @throws InputException if the element type is not a float type that Align4J reads, or there are more elements than
     *     an array holds
     */
    public float[] floats() {
        if (elements() > Integer.MAX_VALUE - 8) {
            throw new InputException(
                    describe() + " has " + elements() + " elements, more than an array holds; read it in parts.");
        }
        float[] values = new float[(int) elements()];
        read(0, FloatBuffer.wrap(values));
        return values;
    }

    /**
     * Reads elements as float32 until {@code into} is full.
     *
     * @param firstElement the first element, counted in the tensor's row-major order
     * @param into its remaining room says how many are read
     */
    public void read(long firstElement, FloatBuffer into) {
        requireReadable();
        Objects.checkFromIndexSize(firstElement, into.remaining(), elements());
        long element = firstElement;
        while (into.hasRemaining()) {
            int count = Math.min(into.remaining(), CHUNK_ELEMENTS);
            decode(map(element, count), into, count);
            if (scales != null) {
                scales.multiply(shape, element, into, into.position() - count, count);
            }
            element += count;
        }
    }

    private void requireReadable() {
        boolean scale = dtype == StoredDtype.F8_E8M0;
        if (!dtype.readableAsFloat() && !scale && (dtype != StoredDtype.F8_E4M3 || scales == null)) {
            throw new InputException(describe() + " is stored as " + dtype
                    + ", which is not supported as a weight; F32, BF16, F16 and F64 are, and F8_E4M3 in a checkpoint whose"
                    + " quantization_config has quant_method fp8. Use a checkpoint in one of these.");
        }
    }

    private void decode(ByteBuffer bytes, FloatBuffer into, int count) {
        switch (dtype) {
            case F32 -> into.put(bytes.asFloatBuffer());
            case BF16 -> {
                // By arrays, since most of a checkpoint is read so, and buffers check every step.
                short[] halves = new short[Math.min(count, ARRAY_ELEMENTS)];
                float[] values = new float[halves.length];
                ShortBuffer left = bytes.asShortBuffer();
                while (left.hasRemaining()) {
                    int some = Math.min(left.remaining(), halves.length);
                    left.get(halves, 0, some);
                    for (int i = 0; i < some; i++) {
                        values[i] = HalfPrecision.bfloat16ToFloat(halves[i]);
                    }
                    into.put(values, 0, some);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into.put(HalfPrecision.float16ToFloat(bytes.getShort()));
                }
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    into.put((float) bytes.getDouble());
                }
            }
            case F8_E4M3 -> {
                for (int i = 0; i < count; i++) {
                    into.put(Float8.e4m3ToFloat(bytes.get()));
                }
            }
            case F8_E8M0 -> {
                for (int i = 0; i < count; i++) {
                    into.put(Float8.e8m0ToFloat(bytes.get()));
                }
            }
            default -> throw new IllegalStateException(dtype.name());
        }
    }

    /** {@code model.safetensors: tensor lm_head.weight}, the beginning of a message about it. */
    String describe() {
        return file.getFileName() + ": tensor " + name;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorEntry that
                && name.equals(that.name)
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape)
                && file.equals(that.file)
                && begin == that.begin
                && end == that.end
                && Objects.equals(scales, that.scales);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, dtype, Arrays.hashCode(shape), file, begin, end, scales);
    }

    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape) + " in " + file + " [" + begin + ", " + end + ")";
    }

    /**
     * Numbers by which the blocks of a tensor's matrices, its last two axes, are multiplied.
     *
     * @param numbers {@code [..., blocks down, blocks across]}, one per block; a block at an edge may be cut
     * @param rows of a block
     * @param columns of a block
     */
    public record BlockScales(TensorEntry numbers, int rows, int columns) {

        /** How many blocks of a length cover another. */
        static long blocks(long length, int block) {
            return (length + block - 1) / block;
        }

        /** The axes of {@link #numbers} for a tensor's shape, leading ones as one: {@code [matrices, blocks down, blocks across]}. */
        public long[] shape(long[] shape) {
            long down = blocks(shape[shape.length - 2], rows);
            long across = blocks(shape[shape.length - 1], columns);
            return new long[] {numbers.elements() / down / across, down, across};
        }

        /**
         * Multiplies a run of a tensor's elements in place.
         *
         * @param shape of the tensor
         * @param first place of the first element in the tensor, in row-major order
         * @param values holds the elements from {@code at} on
         */
        void multiply(long[] shape, long first, FloatBuffer values, int at, int count) {
            float[] factors = numbers.floats();
            long height = shape[shape.length - 2];
            long width = shape[shape.length - 1];
            long[] blocks = shape(shape);
            int done = 0;
            while (done < count) {
                long element = first + done;
                long column = element % width;
                long row = element / width % height;
                long matrix = element / width / height;
                float factor = factors[(int) ((matrix * blocks[1] + row / rows) * blocks[2] + column / columns)];
                long end = Math.min(width, (column / columns + 1) * columns);
                int run = (int) Math.min(end - column, count - done);
                for (int i = at + done; i < at + done + run; i++) {
                    values.put(i, values.get(i) * factor);
                }
                done += run;
            }
        }
    }
}
