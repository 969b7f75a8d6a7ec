package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.align4j.core.error.InputException;
import org.align4j.spark.SparkSource.SparkConnection;
import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void theyArriveToTheLastBit() throws Exception {
        float[] sent = {1, -0f, Float.MIN_VALUE, Float.intBitsToFloat(0x7fc00001)};
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(Numbers.of(sent.length, target -> target.put(sent)));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            float[] arrived = new float[sent.length];
            ((Numbers) in.readObject()).floats().get(arrived);
            assertThat(bits(arrived)).containsExactly(0x3f800000, 0x80000000, 1, 0x7fc00001);
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

    /** 1.0 is 0x3F800000; the low byte comes first, whatever the processor. */
    @Test
    void theLowByteComesFirst() {
        assertThat(Numbers.of(1, buffer -> buffer.put(1f)).bytes()).containsExactly(0, 0, 0x80, 0x3F);
    }
}
