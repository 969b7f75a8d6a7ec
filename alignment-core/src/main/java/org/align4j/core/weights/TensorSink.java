package org.align4j.core.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import org.align4j.core.stop.StopSignal;

/** Takes one tensor's values in row-major order, in as many pieces as the source likes, and encodes them into the file. */
public final class TensorSink {
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
     * @throws org.align4j.core.stop.StoppedException if the process was told to stop
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
