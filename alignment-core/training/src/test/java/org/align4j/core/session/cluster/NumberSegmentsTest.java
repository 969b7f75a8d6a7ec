package org.align4j.core.session.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.FloatBuffer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class NumberSegmentsTest {
    /** Seven numbers in segments of three, put and taken in pieces that end elsewhere. */
    @Test
    void theyArriveToTheLastBitWhereverSegmentsEnd() throws Exception {
        float[] sent = {1, -0f, Float.MIN_VALUE, Float.intBitsToFloat(0x7fc00001), 5, 6, 7};
        NumberSegments numbers = NumberSegments.of(sent.length, 3, target -> {
            target.accept(FloatBuffer.wrap(sent, 0, 2).slice());
            target.accept(FloatBuffer.wrap(sent, 2, 5).slice());
        });
        assertThat(numbers.segments()).hasNumberOfRows(3);
        assertThat(numbers.bytes()).isEqualTo(28);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(numbers);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            IntFunction<FloatBuffer> next = ((NumberSegments) in.readObject()).reader();
            float[] arrived = new float[sent.length];
            next.apply(1).get(arrived, 0, 1);
            next.apply(4).get(arrived, 1, 4);
            next.apply(2).get(arrived, 5, 2);
            assertThat(bits(arrived)).containsExactly(bits(sent));
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    /** Eight segments for each taker, none so small that its name is as long as itself, none larger than 1.5 MiB. */
    @Test
    void segmentsSuitTheTakers() {
        assertThat(NumberSegments.segmentFor(4_900_000, 64)).isEqualTo(9571);
        assertThat(NumberSegments.segmentFor(5_000, 4)).isEqualTo(1024);
        assertThat(NumberSegments.segmentFor(8_000_000_000L, 8)).isEqualTo(393_216);
    }

    /** 1.0 is 0x3F800000; the low byte comes first, whatever the processor. */
    @Test
    void theLowByteComesFirst() {
        NumberSegments one = NumberSegments.of(1, 8, target -> target.accept(FloatBuffer.wrap(new float[] {1})));
        assertThat(one.segments()[0]).containsExactly(0, 0, 0x80, 0x3F);
    }
}
