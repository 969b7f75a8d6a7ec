package org.align4j.core.weights;

/** The 8-bit float formats that are read: E4M3 for values, E8M0 for the scales of blocks (OCP microscaling formats 1.0). */
final class Float8 {
    private static final float[] E4M3 = new float[256];

    static {
        for (int bits = 0; bits < E4M3.length; bits++) {
            E4M3[bits] = e4m3(bits);
        }
    }

    private Float8() {}

    /** 1 sign, 4 exponent and 3 mantissa bits; no infinities, and NaN where all but the sign are set. */
    static float e4m3ToFloat(byte bits) {
        return E4M3[bits & 0xFF];
    }

    private static float e4m3(int bits) {
        int exponent = bits >>> 3 & 0xF;
        int mantissa = bits & 0x7;
        float magnitude;
        if (exponent == 0xF && mantissa == 0x7) {
            magnitude = Float.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((float) mantissa, -9);
        } else {
            magnitude = Math.scalb((float) (8 + mantissa), exponent - 10);
        }
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }

    /** A power of two, from 2^-127 on; 255 is NaN. */
    static float e8m0ToFloat(byte bits) {
        int exponent = bits & 0xFF;
        return exponent == 0xFF ? Float.NaN : Math.scalb(1f, exponent - 127);
    }
}
