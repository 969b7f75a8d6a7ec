package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.align4j.core.eval.DataFacts.RateWarning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rule of {@code --learning-rate auto} and the warnings that measure by it, by hand. */
class UsualRateTest {
    private static final UsualRate DEMO = new UsualRate(2e-5, 128);

    /** 4096 / 576 = 7.11…; width 128 takes 4096 / 128 = 32 times as much, and a narrower model no more. */
    @ParameterizedTest
    @CsvSource({
        "2e-5, 4096, 2e-5",
        "2e-5, 8192, 2e-5",
        "2e-5, 2048, 4e-5",
        "2e-4, 576, 1.42222e-3",
        "2e-5, 128, 6.4e-4",
        "2e-5, 64, 6.4e-4",
        "1e-6, 16, 3.2e-5"
    })
    void narrowerModelsTakeMoreUpToACap(double ofLargeModels, int width, double rate) {
        assertThat(new UsualRate(ofLargeModels, width).rate()).isCloseTo(rate, within(1e-5 * rate));
    }

    @Test
    void aRunPrintsTheRateAndItsReason() {
        assertThat(DEMO.text())
                .isEqualTo(
                        "learning-rate auto is 0.000640: for this method 2.00e-05 at width 4096, 32.0 times that at width 128.");
        assertThat(new UsualRate(2e-5, 4096).text())
                .isEqualTo("learning-rate auto is 2.00e-05, the usual one for this method.");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> new UsualRate(0, 128)).hasMessageContaining("both must be positive");
        assertThatThrownBy(() -> new UsualRate(1e-5, 0)).hasMessageContaining("both must be positive");
    }

    /** Two usual steps are 2 * 6.4e-4 = 1.28e-3 of movement: what 10 steps at 1.28e-4, or 50 at 2.56e-5, may reach. */
    @ParameterizedTest
    @CsvSource({
        "1e-8, 10, true",
        "1e-6, 10, true",
        "2e-5, 50, true",
        "1.27e-4, 10, true",
        "1.29e-4, 10, false",
        "2.55e-5, 50, true",
        "2.57e-5, 50, false",
        "2e-5, 1000, false",
        "1e-8, 1000, true",
        "6.4e-4, 10, false",
        "6.4e-4, 1, false",
        "2e-3, 1, false"
    })
    void aRateThatMovesNothingInItsStepsIsWarnedOf(double rate, long steps, boolean warned) {
        Optional<String> said = RateWarning.of(rate, DEMO, steps).map(Warning::text);
        assertThat(said.isPresent()).isEqualTo(warned);
        said.ifPresent(text -> assertThat(text).contains("will stay as it is", "the usual 0.000640"));
    }
}
