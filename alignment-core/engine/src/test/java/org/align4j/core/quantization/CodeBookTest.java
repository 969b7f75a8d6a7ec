package org.align4j.core.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The parts of [-1, 1] that codes are looked up by change no code: the oracle counts the middles below a number. */
class CodeBookTest {
    static Stream<CodeBook> books() {
        return Stream.of(CodeBook.NF4, CodeBook.DYNAMIC);
    }

    private static float middle(CodeBook book, int code) {
        return (book.value(code) + book.value(code + 1)) / 2;
    }

    private static int oracle(CodeBook book, float number) {
        int below = 0;
        for (int code = 0; code < book.size() - 1; code++) {
            below += middle(book, code) < number ? 1 : 0;
        }
        return below;
    }

    private static void assertCode(CodeBook book, float number) {
        assertThat(book.code(number)).as("%s", number).isEqualTo(oracle(book, number));
    }

    @ParameterizedTest
    @MethodSource("books")
    void aNumberGetsTheNearestCode(CodeBook book) {
        for (int code = 0; code < book.size() - 1; code++) {
            float middle = middle(book, code);
            assertThat(book.code(middle)).isEqualTo(code);
            assertThat(book.code(Math.nextUp(middle))).isEqualTo(code + 1);
            assertThat(book.code(Math.nextDown(middle))).isEqualTo(code);
            assertThat(book.code(book.value(code))).isEqualTo(code);
        }
        for (int part = -1024; part <= 1024; part++) {
            float border = part / 1024f;
            assertCode(book, border);
            assertCode(book, Math.nextUp(border));
            assertCode(book, Math.nextDown(border));
        }
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            assertCode(book, 2 * random.nextFloat() - 1);
        }
        for (float edge : new float[] {
            -0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            1.0000001f,
            -1.0000001f,
            9,
            -9,
            1e30f,
            Float.NEGATIVE_INFINITY,
            Float.POSITIVE_INFINITY,
            Float.NaN
        }) {
            assertCode(book, edge);
        }
    }

    @Test
    void theLargestMagnitudeIsNanWhereANumberIs() {
        assertThat(CodeBook.absmax(new float[] {1, -3, 2}, 0, 3)).isEqualTo(3);
        assertThat(CodeBook.absmax(new float[] {1, Float.NaN, 5, -7}, 0, 4)).isNaN();
        assertThat(CodeBook.absmax(new float[] {9, -3, 2}, 1, 3)).isEqualTo(3);
        assertThat(CodeBook.absmax(new float[4], 0, 4)).isZero();
    }
}
