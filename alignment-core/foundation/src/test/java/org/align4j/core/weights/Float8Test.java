package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Float8Test {
    /** E4M3 has no infinities: its largest exponent holds numbers up to 448, and only all ones is no number. */
    @ParameterizedTest
    @CsvSource({
        "0x00, 0",
        "0x01, 0.001953125",
        "0x07, 0.013671875",
        "0x08, 0.015625",
        "0x38, 1",
        "0x78, 256",
        "0x7E, 448",
        "0xFE, -448",
        "0xB8, -1"
    })
    void everyKindOfE4m3(String bits, float value) {
        assertThat(Float8.e4m3ToFloat((byte) (int) Integer.decode(bits))).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"0x7F", "0xFF"})
    void allOnesIsNoNumber(String bits) {
        assertThat(Float8.e4m3ToFloat((byte) (int) Integer.decode(bits))).isNaN();
    }
}
