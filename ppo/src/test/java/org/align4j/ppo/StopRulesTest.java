package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StopRulesTest {
    private static final StopRules RULES = new StopRules(10.0, 2.0, 0.5, null, false);

    @Test
    void whatIsWithinIsWithin() {
        assertThat(RULES.broken(10, 40, 20, 0.5)).isEmpty();
        assertThat(new StopRules(null, null, null, null, false).broken(1e9, 1e9, 1, 0))
                .isEmpty();
        assertThat(new StopRules(null, null, null, null, false).any()).isFalse();
        assertThat(new StopRules(null, null, 0.1, null, false).any()).isTrue();
    }

    @Test
    void whatIsBeyondIsNamed() {
        assertThat(RULES.broken(10.1, 20, 20, 1)).hasValue("objective/kl is 10.100, above max-kl 10.0");
        assertThat(RULES.broken(1, 41, 20, 1))
                .hasValue("responses/length is 41.0, above max-length-ratio 2.0 times the 20.0 of step 1");
        assertThat(RULES.broken(1, 20, 20, 0.4)).hasValue("objective/entropy is 0.4000, below min-entropy 0.5");
    }
}
