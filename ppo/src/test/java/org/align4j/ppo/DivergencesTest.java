package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.ppo.Credit.Divergences;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.PpoForwards.Compared;
import org.junit.jupiter.api.Test;

class DivergencesTest {
    /** Log-ratios of 3, 40 and -40: the latter two count as 10 and -10, k2 halves the squares. */
    @Test
    void aTokensLogRatioCountsForTenAtMostOnEitherSide() {
        Compared compared =
                new Compared(new double[][] {{-1, -2, -42}}, new double[][] {{-4, -42, -2}}, new double[0][], null);
        assertThat(Divergences.ofTokens(KlName.K1, compared)[0]).containsExactly(3, 10, -10);
        assertThat(Divergences.ofTokens(KlName.K2, compared)[0]).containsExactly(4.5, 50, 50);
    }
}
