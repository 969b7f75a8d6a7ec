package org.align4j.core.session.cluster;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * NumberSegments on their way between processes, as segments of bytes: an object stream would take them number by number, and an array of
 * Java holds no more than two thousand million bytes.
 *
 * @param segments of all numbers, of one length but for the last, the low byte first
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
public record NumberSegments(byte[][] segments) implements Serializable {
    /** NumberSegments in a segment at most: a megabyte and a half are no burden for a record of a shuffle. */
    public static final int MOST = 3 << 17;

    private static final int LEAST = 1 << 10;

    /** Returns how many numbers a segment has, so that so many takers get segments of nearly one number of bytes. */
    public static int segmentFor(long count, int takers) {
        long even = (count + 8L * takers - 1) / (8L * takers);
        return (int) Math.max(LEAST, Math.min(MOST, even));
    }

    /**
     * Takes so many numbers from one who hands them on piece by piece.
     *
     * @param segment numbers in a segment
     */
    public static NumberSegments of(long count, int segment, Consumer<Consumer<FloatBuffer>> source) {
        int segments = Math.toIntExact((count + segment - 1) / segment);
        byte[][] bytes = new byte[segments][];
        for (int i = 0; i < segments; i++) {
            bytes[i] = new byte[(int) Math.min(segment, count - (long) i * segment) * Float.BYTES];
        }
        NumberSegments numbers = new NumberSegments(bytes);
        Cursor cursor = numbers.new Cursor();
        source.accept(cursor::put);
        return numbers;
    }

    /** Counts the bytes of all numbers. */
    public long bytes() {
        return Arrays.stream(segments).mapToLong(segment -> segment.length).sum();
    }

    /** Returns what gives as many of the next numbers as it is asked for, from the first on. */
    public IntFunction<FloatBuffer> reader() {
        return new Cursor()::next;
    }

    /** Returns the numbers of a segment, without a copy. */
    public static FloatBuffer floats(byte[] segment) {
        return ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    /** A place among the numbers that moves on. */
    private final class Cursor {
        private int segment;
        private FloatBuffer rest = segments.length == 0 ? FloatBuffer.allocate(0) : floats(segments[0]);

        private FloatBuffer rest() {
            if (!rest.hasRemaining()) {
                rest = floats(segments[++segment]);
            }
            return rest;
        }

        void put(FloatBuffer piece) {
            while (piece.hasRemaining()) {
                FloatBuffer target = rest();
                int count = Math.min(target.remaining(), piece.remaining());
                target.put(piece.slice().limit(count));
                piece.position(piece.position() + count);
            }
        }

        FloatBuffer next(int count) {
            FloatBuffer source = count == 0 ? rest : rest();
            if (source.remaining() >= count) {
                FloatBuffer part = source.slice().limit(count);
                source.position(source.position() + count);
                return part;
            }
            FloatBuffer whole = FloatBuffer.allocate(count);
            while (whole.hasRemaining()) {
                FloatBuffer part = rest();
                int some = Math.min(part.remaining(), whole.remaining());
                whole.put(part.slice().limit(some));
                part.position(part.position() + some);
            }
            return whole.flip();
        }
    }
}
