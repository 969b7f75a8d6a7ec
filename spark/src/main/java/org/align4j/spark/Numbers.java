package org.align4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.Consumer;

/**
 * Numbers on their way between processes, as one block of bytes: an object stream would take them number by number.
 *
 * @param bytes of all numbers, the low byte first
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record Numbers(byte[] bytes) implements Serializable {
    /** How many numbers go in one block: an array of Java has no more bytes. */
    static final int MOST = (Integer.MAX_VALUE - (1 << 20)) / Float.BYTES;

    /** Takes so many numbers from one who puts them into a buffer. */
    static Numbers of(long count, Consumer<FloatBuffer> source) {
        Numbers numbers = new Numbers(new byte[Math.toIntExact(Math.multiplyExact(count, Float.BYTES))]);
        source.accept(numbers.floats());
        return numbers;
    }

    /** Returns the numbers, without a copy. */
    FloatBuffer floats() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
