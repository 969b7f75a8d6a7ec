package org.align4j.core.web;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes a message of Protocol Buffers, as services and TensorBoard read them. Values that are the default, 0 and empty, are left out as proto3
 * does, except where a method says so.
 */
public final class ProtoWriter {
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Writes a whole number. */
    public ProtoWriter whole(int field, long value) {
        if (value != 0) {
            varint((long) field << 3);
            varint(value);
        }
        return this;
    }

    /** Writes a truth value, false too. */
    public ProtoWriter flag(int field, boolean value) {
        varint((long) field << 3);
        varint(value ? 1 : 0);
        return this;
    }

    /** Writes a number, 0 too. */
    public ProtoWriter number(int field, double value) {
        varint(((long) field << 3) | EIGHT_BYTES);
        out.writeBytes(ByteBuffer.allocate(Double.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(value)
                .array());
        return this;
    }

    /** Writes a number of 32 bits, 0 too. */
    public ProtoWriter number(int field, float value) {
        varint(((long) field << 3) | FOUR_BYTES);
        out.writeBytes(raw(value));
        return this;
    }

    /** Writes bytes. */
    public ProtoWriter bytes(int field, byte[] value) {
        return value.length == 0 ? this : delimited(field, value);
    }

    /** Writes a text. */
    public ProtoWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a message, an empty one too. */
    public ProtoWriter message(int field, ProtoWriter value) {
        return delimited(field, value.done());
    }

    /** Returns what was written. */
    public byte[] done() {
        return out.toByteArray();
    }

    /** Returns numbers as raw bytes of 32 bits each. */
    public static byte[] raw(float... values) {
        ByteBuffer raw = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return raw.array();
    }

    /** Returns whole numbers as raw bytes of 32 bits each. */
    public static byte[] raw(int... values) {
        ByteBuffer raw = ByteBuffer.allocate(Integer.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asIntBuffer().put(values);
        return raw.array();
    }

    /** Returns whole numbers as raw bytes of 64 bits each. */
    public static byte[] raw(long... values) {
        ByteBuffer raw = ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return raw.array();
    }

    private ProtoWriter delimited(int field, byte[] value) {
        varint(((long) field << 3) | LENGTH);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }
}
