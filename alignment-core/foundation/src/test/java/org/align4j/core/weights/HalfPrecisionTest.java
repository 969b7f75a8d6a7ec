package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every 16-bit pattern, and narrowing against a slow search for the nearest value with an even last bit on ties. */
class HalfPrecisionTest {
    @Test
    void everyPatternSurvivesTheRoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            short pattern = (short) bits;
            float bfloat = HalfPrecision.bfloat16ToFloat(pattern);
            if (Float.isNaN(bfloat)) {
                assertThat(HalfPrecision.bfloat16ToFloat(HalfPrecision.floatToBfloat16(bfloat)))
                        .isNaN();
            } else {
                assertThat(HalfPrecision.floatToBfloat16(bfloat)).isEqualTo(pattern);
            }
            float half = HalfPrecision.float16ToFloat(pattern);
            if (Float.isNaN(half)) {
                assertThat(HalfPrecision.float16ToFloat(HalfPrecision.floatToFloat16(half)))
                        .isNaN();
            } else {
                assertThat(HalfPrecision.floatToFloat16(half)).isEqualTo(pattern);
            }
        }
    }

    @Test
    void widensBinary16ByItsDefinition() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertThat(HalfPrecision.float16ToFloat((short) bits)).isEqualTo(Float.valueOf((float) binary16(bits)));
        }
    }

    @Test
    void narrowsToTheNearestTiesToEven() {
        double[] halves = new double[0x7C00];
        double[] bfloats = new double[0x7F80];
        Arrays.setAll(halves, HalfPrecisionTest::binary16);
        Arrays.setAll(bfloats, bits -> Float.intBitsToFloat(bits << 16));
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 200_000; i++) {
            float value = Math.abs(Float.intBitsToFloat(random.nextInt()));
            if (Float.isFinite(value)) {
                check(value, halves, bfloats);
            }
            float middling = (float) (random.nextDouble() * Math.scalb(1.0, random.nextInt(-27, 17)));
            check(middling, halves, bfloats);
        }
        for (int bits = 0; bits < halves.length - 1; bits++) {
            check((float) ((halves[bits] + halves[bits + 1]) / 2), halves, bfloats);
        }
        for (int bits = 0; bits < bfloats.length - 1; bits++) {
            check((float) ((bfloats[bits] + bfloats[bits + 1]) / 2), halves, bfloats);
        }
    }

    private static void check(float value, double[] halves, double[] bfloats) {
        int half = nearest(value, halves, 65536.0);
        assertThat(HalfPrecision.floatToFloat16(value)).isEqualTo((short) half);
        assertThat(HalfPrecision.floatToFloat16(-value)).isEqualTo((short) (half | 0x8000));
        int bfloat = nearest(value, bfloats, 0x1p128);
        assertThat(HalfPrecision.floatToBfloat16(value)).isEqualTo((short) bfloat);
        assertThat(HalfPrecision.floatToBfloat16(-value)).isEqualTo((short) (bfloat | 0x8000));
    }

    /** The pattern nearest to {@code value}; {@code next} is what the first pattern beyond the finite ones would be. */
    private static int nearest(double value, double[] finite, double next) {
        int at = Arrays.binarySearch(finite, value);
        if (at >= 0) {
            return at;
        }
        int above = -at - 1;
        double upper = above < finite.length ? finite[above] : next;
        double toLower = value - finite[above - 1];
        double toUpper = upper - value;
        if (toLower == toUpper) {
            return above % 2 == 0 ? above : above - 1;
        }
        return toLower < toUpper ? above - 1 : above;
    }

    private static double binary16(int bits) {
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        int exponent = (bits >> 10) & 31;
        int mantissa = bits & 1023;
        if (exponent == 31) {
            return mantissa == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
        }
        return exponent == 0 ? sign * Math.scalb(mantissa, -24) : sign * Math.scalb(1024.0 + mantissa, exponent - 25);
    }
}
