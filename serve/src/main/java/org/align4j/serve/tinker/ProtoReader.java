package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.align4j.web.Refusal;

/**
 * Reads a message of Protocol Buffers field by field: {@link #next} goes to the next one, and one of the others reads its value. Nothing is copied, and no
 * length is believed that the bytes don't have.
 */
final class ProtoReader {
    private static final int BAD_REQUEST = 400;
    private static final int LONGEST_VARINT = 10;
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH = 2;
    private static final int FOUR_BYTES = 5;

    private final ByteBuffer bytes;
    private int field;
    private int wire;

    private ProtoReader(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads a message from an array, which must not change meanwhile. */
    static ProtoReader of(byte[] message) {
        return new ProtoReader(ByteBuffer.wrap(message));
    }

    /** Goes to the next field; false where there is none. */
    boolean next() {
        if (!bytes.hasRemaining()) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        wire = (int) (tag & 7);
        if (tag >>> 32 != 0 || field == 0 || (wire > LENGTH && wire != FOUR_BYTES)) {
            throw broken("a field's tag is " + Long.toUnsignedString(tag));
        }
        return true;
    }

    /** Returns the number of the field that {@link #next} went to. */
    int field() {
        return field;
    }

    /** Returns the field's value, a whole number. */
    long whole() {
        require(VARINT, "a whole number");
        return varint();
    }

    /** Returns the field's value, a number of 64 bits. */
    double number() {
        require(EIGHT_BYTES, "a double");
        requireLeft(Double.BYTES);
        return bytes.getDouble();
    }

    /** Returns the field's value, bytes, which share this message's memory. */
    ByteBuffer bytes() {
        require(LENGTH, "bytes");
        long length = varint();
        if (length < 0 || length > bytes.remaining()) {
            throw broken(
                    "a field has " + Long.toUnsignedString(length) + " bytes but " + bytes.remaining() + " are left");
        }
        ByteBuffer value = bytes.slice(bytes.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(bytes.position() + (int) length);
        return value;
    }

    /** Returns a reader of the field's value, a message. */
    ProtoReader message() {
        return new ProtoReader(bytes());
    }

    /** Returns the field's value, a text. */
    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
        } catch (CharacterCodingException e) {
            throw broken("a text isn't UTF-8");
        }
    }

    /** Returns whether the field's value is bytes, a text or a message, as packed numbers are. */
    boolean packed() {
        return wire == LENGTH;
    }

    /** Returns a reader of packed whole numbers, which {@link #left} and {@link #varint} read. */
    boolean left() {
        return bytes.hasRemaining();
    }

    /** Skips the field's value. */
    void skip() {
        switch (wire) {
            case VARINT -> varint();
            case LENGTH -> bytes();
            default -> {
                int length = wire == EIGHT_BYTES ? Long.BYTES : Integer.BYTES;
                requireLeft(length);
                bytes.position(bytes.position() + length);
            }
        }
    }

    /** Reads a whole number without a tag, as packed ones are. */
    long varint() {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT; i++) {
            requireLeft(1);
            byte next = bytes.get();
            value |= (long) (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw broken("a whole number has more than 10 bytes");
    }

    private void require(int wanted, String what) {
        if (wire != wanted) {
            throw broken(format("field %d has wire type %d but should be %s", field, wire, what));
        }
    }

    private void requireLeft(int count) {
        if (bytes.remaining() < count) {
            throw broken("it ends within a value");
        }
    }

    private Refusal broken(String why) {
        return new Refusal(
                BAD_REQUEST,
                format(
                        "The body is no whole message of Protocol Buffers: %s, %d bytes into a message; send it as tinker's SDK writes it.",
                        why, bytes.position()));
    }
}
