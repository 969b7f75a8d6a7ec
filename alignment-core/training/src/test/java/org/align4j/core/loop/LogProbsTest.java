package org.align4j.core.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogProbsTest {
    private static final LogProbs TWO_ROWS =
            new LogProbs(new double[][][] {{{-1, -2, -3, -4}, {-1}}, {{-0.5, -0.25}, {-3, -6}}});

    @Test
    void anAnswersMeanIsOverItsOwnTokens() {
        assertThat(TWO_ROWS.rows()).isEqualTo(2);
        assertThat(TWO_ROWS.sum(0, 0)).isEqualTo(-10);
        assertThat(TWO_ROWS.mean(0, 0)).isEqualTo(-2.5);
        assertThat(TWO_ROWS.mean(0, 1)).isEqualTo(-1);
        assertThat(TWO_ROWS.mean(1, 1)).isEqualTo(-4.5);
        assertThat(TWO_ROWS.toString())
                .isEqualTo("row 0: -10.0000 nats in 4 tokens · -1.0000 nats in 1 tokens\n"
                        + "row 1: -0.7500 nats in 2 tokens · -9.0000 nats in 2 tokens");
    }
}
