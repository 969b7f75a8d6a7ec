package org.align4j.core.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.InputFile;

/**
 * One tensor of a GGUF file: where it lies and how to read it. Nothing is read before it is asked for.
 *
 * @param name its name in the file
 * @param type how its numbers are held
 * @param shape its dimensions, outermost first
 * @param file the file that holds it
 * @param begin the absolute offset of its first byte
 */
public record GgufTensor(String name, GgufType type, List<Long> shape, Path file, long begin) {
    private static final int CHUNK_ELEMENTS = 1 << 18;

    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /** Counts the numbers of the tensor. */
    public long elements() {
        return shape.stream().reduce(1L, (left, right) -> left * right);
    }

    /** Counts the numbers of a row, the innermost dimension. */
    public long rowLength() {
        return shape.get(shape.size() - 1);
    }

    /** Counts the rows, of all matrices. */
    public long rows() {
        return elements() / rowLength();
    }

    /** Counts the bytes in the file. */
    public long bytes() {
        return type.bytes(elements());
    }

    /**
     * Reads whole rows as float32 until {@code into} is full.
     *
     * @param firstRow the first one, counted over all matrices
     * @param into its remaining room, a number of rows, says how many are read
     */
    public void read(long firstRow, FloatBuffer into) {
        long first = firstRow * rowLength();
        Objects.checkFromIndexSize(first, into.remaining(), elements());
        try (FileChannel channel = InputFile.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes(Math.min(CHUNK_ELEMENTS, into.remaining())))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (into.hasRemaining()) {
                int count = Math.min(into.remaining(), CHUNK_ELEMENTS);
                bytes.clear().limit((int) type.bytes(count));
                fill(channel, bytes, begin + type.bytes(first));
                type.decode(bytes.flip(), into);
                first += count;
            }
        } catch (IOException e) {
            throw new InputException(file + ": tensor " + name + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private void fill(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new InputException(
                        file + ": tensor " + name + " ends behind the file's end; it was changed" + " while in use.");
            }
        }
    }

    /** Reads the whole tensor as float32, for the small ones. */
    public float[] floats() {
        if (elements() > Integer.MAX_VALUE - 8) {
            throw new InputException(file + ": tensor " + name + " has the shape " + Arrays.toString(shape.toArray())
                    + ", more numbers than are read at once.");
        }
        float[] values = new float[(int) elements()];
        read(0, FloatBuffer.wrap(values));
        return values;
    }
}
