package org.align4j.core.quantization;

import org.align4j.core.quantization.Quantization.PackedLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Quantises one tensor piece by piece, in row-major order: pieces are whole blocks, but for the last one. Codes leave at once,
 * constants are kept to the end.
 */
final class BlockQuantizer {
    private static final int BLOCK = Quantization.BLOCK;
    private static final float INT8_LARGEST = 127;

    private final Quantization quantization;
    private final PackedLayout layout;
    private final float[] constants;
    private int done;

    BlockQuantizer(Quantization quantization, long elements) {
        this.quantization = quantization;
        this.layout = new PackedLayout(quantization, elements);
        this.constants = new float[Math.toIntExact(layout.blocks())];
    }

    /**
     * The next numbers.
     *
     * @param count how many of {@code numbers}
     * @return their codes, packed
     */
    byte[] encode(float[] numbers, int count) {
        int blocks = (count + BLOCK - 1) / BLOCK;
        byte[] codes = new byte[blocks * BLOCK];
        int first = done;
        IntStream.range(0, blocks).parallel().forEach(b -> {
            int begin = b * BLOCK;
            int end = Math.min(begin + BLOCK, count);
            constants[first + b] = encode(numbers, begin, end, codes);
        });
        done += blocks;
        return quantization.scheme() == Quantization.Scheme.NF4 ? inHalves(codes) : codes;
    }

    private float encode(float[] numbers, int begin, int end, byte[] codes) {
        boolean whole = end - begin == BLOCK;
        if (quantization.scheme() == Quantization.Scheme.NF4) {
            Arrays.fill(codes, end, begin + BLOCK, (byte) CodeBook.NF4.code(0));
            return CodeBook.NF4.encode(numbers, begin, end, whole, codes);
        }
        float absmax = CodeBook.absmax(numbers, begin, end);
        for (int i = begin; i < end && absmax > 0; i++) {
            codes[i] = (byte) Math.rint(numbers[i] / absmax * INT8_LARGEST);
        }
        return absmax;
    }

    private static byte[] inHalves(byte[] codes) {
        byte[] packed = new byte[codes.length / 2];
        for (int i = 0; i < packed.length; i++) {
            packed[i] = (byte) (codes[2 * i] << 4 | codes[2 * i + 1]);
        }
        return packed;
    }

    /** Whether every number so far was finite. */
    boolean finite() {
        for (int i = 0; i < done; i++) {
            if (!Float.isFinite(constants[i])) {
                return false;
            }
        }
        return true;
    }

    /** What follows the codes, up to the checksum. */
    byte[] constants() {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(layout.checked() - layout.codes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        if (quantization.doubled()) {
            putDoubled(bytes);
        } else {
            for (float constant : constants) {
                bytes.putFloat(constant);
            }
        }
        return bytes.array();
    }

    /** The constants less their mean, in blocks of their own. */
    private void putDoubled(ByteBuffer bytes) {
        double sum = 0;
        for (float constant : constants) {
            sum += constant;
        }
        float mean = (float) (sum / constants.length);
        float[] centred = new float[constants.length];
        for (int i = 0; i < centred.length; i++) {
            centred[i] = constants[i] - mean;
        }
        byte[] codes = new byte[constants.length];
        for (int begin = 0; begin < codes.length; begin += Quantization.CONSTANTS_BLOCK) {
            int end = Math.min(begin + Quantization.CONSTANTS_BLOCK, codes.length);
            boolean whole = end - begin == Quantization.CONSTANTS_BLOCK;
            bytes.putFloat(CodeBook.DYNAMIC.encode(centred, begin, end, whole, codes));
        }
        bytes.putFloat(mean).put(codes);
    }
}
