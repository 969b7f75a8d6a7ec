package org.align4j.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordingTest {
    @ParameterizedTest
    @CsvSource({"0, 0 rows", "1, 1 row", "2, 2 rows", "1000, '1,000 rows'"})
    void exactlyOneIsSingular(long count, String words) {
        assertThat(Wording.count(count, "row", "rows")).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"0.4, 0 s", "60, 60 s", "89.4, 89 s", "90, 2 min", "5399, 90 min", "5400, 1.5 h"})
    void durationsAreSaidAsPeopleSayThem(double seconds, String words) {
        assertThat(Wording.seconds(seconds)).isEqualTo(words);
    }

    @Test
    void aNumberHasATrueMinusAndNoNegativeZero() {
        assertThat(Wording.decimal(-0.25)).isEqualTo("\u22120.2500");
        assertThat(Wording.decimal(-0.00001)).isEqualTo("0.0000");
        assertThat(Wording.percent(0.712)).isEqualTo("71.2\u00a0%");
        assertThat(Wording.percent(Double.NaN)).isEqualTo("–");
    }
}
