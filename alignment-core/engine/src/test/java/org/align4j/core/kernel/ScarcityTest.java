package org.align4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.align4j.core.kernel.BusyWatch.Scarcity;
import org.junit.jupiter.api.Test;

/** Looks a quarter of a second apart. */
class ScarcityTest {
    private final Scarcity scarcity = new Scarcity();

    /** A thread that computes waited for that share of the time. */
    private boolean after(double share) {
        return after(share, share);
    }

    private boolean after(double busy, double any) {
        return scarcity.after(new ProcessorWaits.Measurement(0.25, 0.25, 0.25, 0.25 * busy, 0.25 * any));
    }

    @Test
    void itBeginsAbove15Percent() {
        assertThat(after(0)).isFalse();
        assertThat(after(0.14)).isFalse();
        assertThat(after(0.16)).isTrue();
    }

    @Test
    void aThreadThatComesAndGoesDoesNotBeginItButKeepsIt() {
        assertThat(after(0.05, 0.9)).isFalse();
        after(0.5);
        for (int look = 0; look < 10; look++) {
            assertThat(after(0, 0.3)).isTrue();
        }
    }

    @Test
    void itEndsAfterACalmSecond() {
        after(0.5);
        assertThat(after(0.01)).isTrue();
        assertThat(after(0.01)).isTrue();
        assertThat(after(0.01)).isTrue();
        assertThat(after(0.01)).isFalse();
    }

    @Test
    void whatIsNeitherBusyNorCalmKeepsItAsItIs() {
        assertThat(after(0.1)).isFalse();
        after(0.5);
        for (int look = 0; look < 3; look++) {
            assertThat(after(0.01)).isTrue();
            assertThat(after(0.01)).isTrue();
            assertThat(after(0.01)).isTrue();
            assertThat(after(0.1)).isTrue();
        }
    }

    /** 20 looks of 0.25 s: in 5 s it ran 5 s and its threads waited 5 s. */
    @Test
    void aPersonIsToldAfterFiveSeconds() {
        for (int look = 0; look < 19; look++) {
            after(0.5);
            assertThat(scarcity.sentence(2)).isEmpty();
        }
        after(0.5);
        assertThat(scarcity.sentence(2).orElseThrow())
                .startsWith("This run gets less of the processors than it could use")
                .contains("other work", "last 5 s it had 1.0 of them for its 2 threads", "50 %", "--threads 1");
    }

    @Test
    void whatHasEndedIsNotTold() {
        for (int look = 0; look < 30; look++) {
            after(0.5);
        }
        for (int look = 0; look < 4; look++) {
            after(0);
        }
        assertThat(scarcity.sentence(2)).isEmpty();
        after(0.5);
        assertThat(scarcity.sentence(2)).as("the seconds count anew").isEmpty();
    }
}
