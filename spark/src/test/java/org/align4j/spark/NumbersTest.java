package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void theyArriveToTheLastBit() throws Exception {
        float[][] arrays = {{1, -0f, Float.MIN_VALUE}, {}, {Float.intBitsToFloat(0x7fc00001)}};
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(sent)) {
            out.writeObject(Numbers.of(arrays));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(sent.toByteArray()))) {
            float[][] arrived = ((Numbers) in.readObject()).arrays();
            assertThat(bits(arrived[0])).containsExactly(0x3f800000, 0x80000000, 1);
            assertThat(arrived[1]).isEmpty();
            assertThat(bits(arrived[2])).containsExactly(0x7fc00001);
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void moreThanAnArrayHoldsIsRefused() {
        assertThatThrownBy(() -> SparkConnection.requireSendable(1_000_000_000))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("1,000,000,000 values", "at most 536,");
    }
}
