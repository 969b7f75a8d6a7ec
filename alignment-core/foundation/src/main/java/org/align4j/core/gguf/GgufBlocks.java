package org.align4j.core.gguf;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.align4j.core.weights.HalfPrecision;

/** The blocks of GGUF's types, bit by bit as llama.cpp reads and writes them. */
final class GgufBlocks {
    private static final int SMALL = 32;
    private static final int LARGE = 256;

    private GgufBlocks() {}

    static void encode(GgufType type, FloatBuffer values, ByteBuffer into) {
        switch (type) {
            case F32 -> {
                while (values.hasRemaining()) {
                    into.putFloat(values.get());
                }
            }
            case F16 -> {
                while (values.hasRemaining()) {
                    into.putShort(HalfPrecision.floatToFloat16(values.get()));
                }
            }
            case BF16 -> {
                while (values.hasRemaining()) {
                    into.putShort(HalfPrecision.floatToBfloat16(values.get()));
                }
            }
            case Q8_0 -> blocks(values, block -> q8(block, into));
            case Q4_0 -> blocks(values, block -> q4(block, into));
            default -> throw new IllegalArgumentException(type + " is read only");
        }
    }

    static void decode(GgufType type, ByteBuffer bytes, FloatBuffer into) {
        while (bytes.hasRemaining()) {
            switch (type) {
                case F32 -> into.put(bytes.getFloat());
                case F16 -> into.put(HalfPrecision.float16ToFloat(bytes.getShort()));
                case BF16 -> into.put(HalfPrecision.bfloat16ToFloat(bytes.getShort()));
                case Q8_0 -> fromQ8(bytes, into);
                case Q4_0 -> fromQ4(bytes, into);
                case Q4_K -> fromQ4K(bytes, into);
                case Q6_K -> fromQ6K(bytes, into);
            }
        }
    }

    private interface Block {
        void write(float[] values);
    }

    private static void blocks(FloatBuffer values, Block block) {
        float[] own = new float[SMALL];
        while (values.hasRemaining()) {
            values.get(own);
            block.write(own);
        }
    }

    /** A scale, the largest magnitude over 127, then each value over it, rounded half away from zero. */
    private static void q8(float[] values, ByteBuffer into) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        float scale = largest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        into.putShort(HalfPrecision.floatToFloat16(scale));
        for (float value : values) {
            float scaled = value * inverse;
            float magnitude = Math.abs(scaled);
            int whole = (int) magnitude;
            int rounded = magnitude - whole >= 0.5f ? whole + 1 : whole;
            into.put((byte) (scaled < 0 ? -rounded : rounded));
        }
    }

    /** A scale, the value of largest magnitude over -8, then each value over it plus 8; the low nibbles have the first half. */
    private static void q4(float[] values, ByteBuffer into) {
        float extreme = 0;
        for (float value : values) {
            if (Math.abs(value) > Math.abs(extreme)) {
                extreme = value;
            }
        }
        float scale = extreme / -8;
        float inverse = scale == 0 ? 0 : 1 / scale;
        into.putShort(HalfPrecision.floatToFloat16(scale));
        for (int i = 0; i < SMALL / 2; i++) {
            into.put((byte) (nibble(values[i] * inverse) | nibble(values[i + SMALL / 2] * inverse) << 4));
        }
    }

    private static int nibble(float scaled) {
        return Math.max(0, Math.min(15, (int) (scaled + 8.5f)));
    }

    private static void fromQ8(ByteBuffer bytes, FloatBuffer into) {
        float scale = HalfPrecision.float16ToFloat(bytes.getShort());
        for (int i = 0; i < SMALL; i++) {
            into.put(scale * bytes.get());
        }
    }

    private static void fromQ4(ByteBuffer bytes, FloatBuffer into) {
        float scale = HalfPrecision.float16ToFloat(bytes.getShort());
        float[] values = new float[SMALL];
        for (int i = 0; i < SMALL / 2; i++) {
            int both = bytes.get();
            values[i] = scale * ((both & 0xF) - 8);
            values[i + SMALL / 2] = scale * ((both >>> 4 & 0xF) - 8);
        }
        into.put(values);
    }

    /** Eight runs of 32 values, each with a scale and a minimum of six bits; four bits a value. */
    private static void fromQ4K(ByteBuffer bytes, FloatBuffer into) {
        float scale = HalfPrecision.float16ToFloat(bytes.getShort());
        float least = HalfPrecision.float16ToFloat(bytes.getShort());
        byte[] packed = new byte[12];
        bytes.get(packed);
        byte[] nibbles = new byte[LARGE / 2];
        bytes.get(nibbles);
        for (int run = 0; run < 8; run++) {
            float own = scale * sixBits(packed, run, 0);
            float minimum = least * sixBits(packed, run, 4);
            int shift = run % 2 * 4;
            for (int i = 0; i < SMALL; i++) {
                into.put(own * (nibbles[run / 2 * SMALL + i] >>> shift & 0xF) - minimum);
            }
        }
    }

    /**
     * The scale or minimum of a run: the first four's are the low six bits of a byte each, the others' low four in a nibble and
     * high two above those six.
     *
     * @param at 0 for scales, 4 for minimums
     */
    private static int sixBits(byte[] packed, int run, int at) {
        if (run < 4) {
            return packed[at + run] & 0x3F;
        }
        int low = packed[run + 4] >>> at & 0xF;
        return low | (packed[at + run - 4] >>> 6 & 0x3) << 4;
    }

    /** Sixteen runs of 16 values with a signed scale of eight bits; six bits a value, four and two of them apart. */
    private static void fromQ6K(ByteBuffer bytes, FloatBuffer into) {
        byte[] low = new byte[LARGE / 2];
        byte[] high = new byte[LARGE / 4];
        byte[] scales = new byte[16];
        bytes.get(low).get(high).get(scales);
        float scale = HalfPrecision.float16ToFloat(bytes.getShort());
        for (int i = 0; i < LARGE; i++) {
            int half = i / 128;
            int quarter = i % 128 / 32;
            int four = low[half * 64 + i % 64] >>> (quarter / 2 * 4) & 0xF;
            int two = high[half * 32 + i % 32] >>> (2 * quarter) & 0x3;
            into.put(scale * scales[i / 16] * ((four | two << 4) - 32));
        }
    }
}
