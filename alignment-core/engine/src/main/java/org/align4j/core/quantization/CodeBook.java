package org.align4j.core.quantization;

import java.util.Arrays;

/**
 * Values that codes stand for, in rising order from -1 to 1. A number becomes the nearest; in the middle, the lower. The middles
 * are rounded to float32 as bitsandbytes rounds them (its {@code default} backend of {@code quantize_4bit} and {@code
 * quantize_blockwise}, version 0.50).
 */
public final class CodeBook {
    private static final float SMALLEST = 1e-38f;
    private static final int DYNAMIC_DECADES = 7;

    /** NormalFloat with 4 bits: quantiles of N(0, 1) scaled to [-1, 1], with an exact 0 (QLoRA, appendix E). */
    public static final CodeBook NF4 = new CodeBook(
            -1.0f,
            -0.6961928f,
            -0.52507305f,
            -0.3949175f,
            -0.28444138f,
            -0.18477343f,
            -0.091050036f,
            0.0f,
            0.0795803f,
            0.1609302f,
            0.2461123f,
            0.33791524f,
            0.44070983f,
            0.562617f,
            0.72295684f,
            1.0f);

    /** The signed dynamic map with 8 bits: seven decades, each with twice the steps of the one below (Dettmers 2016). */
    public static final CodeBook DYNAMIC = new CodeBook(dynamic());

    /** Equal parts of [-1, 1] for which it is known between which codes their numbers lie. */
    private static final int PARTS = 1024;

    private final float[] values;
    private final float[] middles;
    private final int[] lowest = new int[PARTS];
    private final int[] highest = new int[PARTS];

    private CodeBook(float... values) {
        this.values = values;
        this.middles = new float[values.length - 1];
        for (int i = 0; i < middles.length; i++) {
            middles[i] = (values[i] + values[i + 1]) / 2;
        }
        for (int part = 0; part < PARTS; part++) {
            // A part more on either side, so that no rounding of what finds the part matters.
            lowest[part] = part < 2 ? 0 : search(begin(part - 1), 0, middles.length);
            highest[part] = part > PARTS - 3 ? middles.length : search(begin(part + 2), 0, middles.length);
        }
    }

    private static float begin(int part) {
        return part * (2f / PARTS) - 1;
    }

    /** Counts the codes. */
    public int size() {
        return values.length;
    }

    /** Returns the value of a code. */
    public float value(int code) {
        return values[code];
    }

    /** The code of a number, which is taken to [-1, 1]. */
    int code(float scaled) {
        int part = Math.min(Math.max((int) ((scaled + 1) * (PARTS / 2f)), 0), PARTS - 1);
        return search(scaled, lowest[part], highest[part]);
    }

    /** Finds the code of a number among those from {@code least} to {@code most}. */
    private int search(float scaled, int least, int most) {
        int low = least;
        int high = most;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (middles[middle] < scaled) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Codes of one block of numbers that follow each other.
     *
     * @param whole whether the block is full; a short one is divided by its constant, not multiplied by its inverse
     * @return the constant: the largest magnitude
     */
    float encode(float[] numbers, int begin, int end, boolean whole, byte[] codes) {
        float absmax = absmax(numbers, begin, end);
        float divisor = Math.max(absmax, SMALLEST);
        float inverse = 1 / divisor;
        for (int i = begin; i < end; i++) {
            codes[i] = (byte) code(whole ? numbers[i] * inverse : numbers[i] / divisor);
        }
        return whole ? absmax : divisor;
    }

    /** The largest magnitude; NaN where there is one. */
    static float absmax(float[] numbers, int begin, int end) {
        float largest = 0;
        for (int i = begin; i < end; i++) {
            float magnitude = Math.abs(numbers[i]);
            if (magnitude > largest || Float.isNaN(magnitude)) {
                largest = magnitude; // which no number is above once it is NaN
            }
        }
        return largest;
    }

    private static float[] dynamic() {
        float[] result = new float[1 << Byte.SIZE];
        int at = 0;
        for (int decade = 0; decade < DYNAMIC_DECADES; decade++) {
            int steps = 1 << decade;
            float scale = (float) Math.pow(10, decade - DYNAMIC_DECADES + 1);
            for (int i = 0; i < steps; i++) {
                float value = scale * ((bound(i, steps) + bound(i + 1, steps)) / 2);
                result[at++] = value;
                result[at++] = -value;
            }
        }
        result[at++] = 0;
        result[at] = 1;
        Arrays.sort(result);
        return result;
    }

    /** Returns a bound of equal steps from 0.1 to 1, counted from the nearer end and rounded once, as PyTorch does. */
    private static float bound(int i, int steps) {
        float step = (1 - 0.1f) / steps;
        return i < (steps + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, steps - i, 1f);
    }
}
