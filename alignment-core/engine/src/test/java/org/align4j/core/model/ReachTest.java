package org.align4j.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReachTest {
    /** A window of 3 holds the token itself and two before it; the chunk of position 5 begins at 3. */
    @ParameterizedTest
    @CsvSource({
        "5, 6, false, false, false",
        "5, 5, true, true, true",
        "5, 3, true, true, true",
        "5, 2, true, false, false",
        "4, 2, true, true, false",
        "3, 0, true, false, false"
    })
    void whatATokenSees(int position, int other, boolean all, boolean window, boolean chunk) {
        assertThat(Reach.ALL.sees(position, other)).isEqualTo(all);
        assertThat(Reach.window(3).sees(position, other)).isEqualTo(window);
        assertThat(Reach.chunk(3).sees(position, other)).isEqualTo(chunk);
    }
}
