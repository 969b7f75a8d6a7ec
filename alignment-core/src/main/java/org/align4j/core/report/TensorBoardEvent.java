package org.align4j.core.report;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * TensorBoard's {@code Event} message in protobuf's wire format, the few fields that scalars need: wall_time 1 (double),
 * step 2 (varint), file_version 3 (string), summary 5 (message of value 1: tag 1, simple_value 2).
 */
final class TensorBoardEvent {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private TensorBoardEvent() {}

    /** The first event of every file. */
    static byte[] version(double wallTime) {
        TensorBoardEvent event = new TensorBoardEvent();
        event.fixed64(1, wallTime);
        event.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
        return event.out.toByteArray();
    }

    /** One step's scalars, stored as floats as TensorBoard does. */
    static byte[] scalars(double wallTime, long step, Map<String, Double> values) {
        TensorBoardEvent summary = new TensorBoardEvent();
        values.forEach((tag, number) -> {
            TensorBoardEvent value = new TensorBoardEvent();
            value.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
            value.fixed32(2, number.floatValue());
            summary.bytes(1, value.out.toByteArray());
        });
        TensorBoardEvent event = new TensorBoardEvent();
        event.fixed64(1, wallTime);
        if (step != 0) { // proto3 leaves a zero out
            event.key(2, VARINT);
            event.varint(step);
        }
        event.bytes(5, summary.out.toByteArray());
        return event.out.toByteArray();
    }

    private void fixed64(int field, double value) {
        key(field, FIXED64);
        ByteBuffer buffer =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value);
        out.writeBytes(buffer.array());
    }

    private void fixed32(int field, float value) {
        key(field, FIXED32);
        ByteBuffer buffer =
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
        out.writeBytes(buffer.array());
    }

    private void bytes(int field, byte[] value) {
        key(field, BYTES);
        varint(value.length);
        out.writeBytes(value);
    }

    private void key(int field, int wireType) {
        varint((long) field << 3 | wireType);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
