package org.align4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Arrays of numbers on their way between processes, as one block of bytes: an object stream would take them number by number.
 *
 * @param lengths of the arrays
 * @param bytes of all numbers, the low byte first
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
record Numbers(int[] lengths, byte[] bytes) implements Serializable {
    /** How many numbers go in one block: an array of Java has no more bytes. */
    static final int MOST = (Integer.MAX_VALUE - (1 << 20)) / Float.BYTES;

    static Numbers of(float[][] arrays) {
        int[] lengths = Arrays.stream(arrays).mapToInt(array -> array.length).toArray();
        int total = Math.multiplyExact(Arrays.stream(lengths).reduce(0, Math::addExact), Float.BYTES);
        byte[] bytes = new byte[total];
        int from = 0;
        for (float[] array : arrays) {
            block(bytes, from, array.length).asFloatBuffer().put(array);
            from += Float.BYTES * array.length;
        }
        return new Numbers(lengths, bytes);
    }

    float[][] arrays() {
        float[][] arrays = new float[lengths.length][];
        int from = 0;
        for (int i = 0; i < lengths.length; i++) {
            arrays[i] = new float[lengths[i]];
            block(bytes, from, lengths[i]).asFloatBuffer().get(arrays[i]);
            from += Float.BYTES * lengths[i];
        }
        return arrays;
    }

    private static ByteBuffer block(byte[] bytes, int from, int numbers) {
        return ByteBuffer.wrap(bytes, from, Float.BYTES * numbers).order(ByteOrder.LITTLE_ENDIAN);
    }
}
