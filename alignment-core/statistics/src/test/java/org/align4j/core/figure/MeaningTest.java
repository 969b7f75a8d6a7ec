package org.align4j.core.figure;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.figure.Figure.Meaning;
import org.junit.jupiter.api.Test;

class MeaningTest {
    /** Shares of rows are shares, too: both are written in percent. */
    @Test
    void sharesOfRowsAndOfOtherThingsAreShares() {
        assertThat(Meaning.LIKELIER.scale()).isEqualTo(Meaning.Scale.SHARE_OF_ROWS);
        assertThat(Meaning.LIKELIER.isShare()).isTrue();
        assertThat(Meaning.HITS.isShare()).isTrue();
        assertThat(Meaning.SCORE.isShare()).isFalse();
        assertThat(Meaning.GENERAL_PERPLEXITY.isShare()).isFalse();
    }
}
