package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lessons 1 to 7: at small scale in every build; with {@code -Plessons} at full scale, whose figures docs/lessons.md tells. */
class FirstLessonsTest {
    @TempDir
    Path folder;

    /** The demo's pairs take turns in which side is longer. */
    @Test
    void whatIsAPair() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhatIsAPair(), folder);
        assertThat(taught.figure("longer/chosen")).isEqualTo(0.5);
        assertThat(taught.figure("tokens/first")).isEqualTo(27 + 25 + 20);
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("length/chosen")).isEqualTo(17.38, within(0.005));
        }
    }

    @Test
    void whatTheModelThinks() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhatTheModelThinks(), folder);
        taught.near("chosen/sum", -11.80, 0.01);
        taught.near("rejected/sum", -10.80, 0.01);
        assertThat(taught.said())
                .contains("DPO looks at how far log-probabilities have moved", "losses without a reference");
        assertThat(taught.figure("perplexity/first")).isCloseTo(Math.exp(11.7973 / 18), within(1e-3));
        if (TaughtLesson.FULL) {
            taught.near("likelier/sum", 0.46, 0.02);
        }
    }

    @Test
    void dpoByHand() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new DpoByHand(), folder);
        assertThat(taught.figure("loss/0")).isEqualTo(Math.log(2), within(1e-15));
        for (int step = 0; step <= 4; step++) {
            assertThat(taught.figure("difference/" + step)).isZero();
        }
        taught.near("loss/4", 0.080, 0.005);
        // The policy tells the answers apart before any training, although the loss is ln 2.
        taught.near("reference/chosen less rejected", -1.0, 0.02);
        assertThat(taught.said()).contains("it already finds the rejected one exp(1.00) = 2.7");
    }

    @Test
    void whereTheGradientGoes() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhereTheGradientGoes(), folder);
        assertThat(taught.figure("difference/worst")).isLessThan(1e-9);
        // By hand: at margin 2 ln 3 the σ of -ln 3 is a quarter.
        assertThat(WhereTheGradientGoes.coefficient(2 * Math.log(3))).isEqualTo(-0.125, within(1e-15));
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("norm/least margin")).isGreaterThan(10 * taught.figure("norm/largest margin"));
            taught.near("margin/least", -1.29, 0.5);
            taught.near("margin/largest", 5.58, 1);
        }
    }

    @Test
    void whySftFirst() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhySftFirst(), folder);
        assertThat(taught.figure("chosen/SFT, then DPO")).isGreaterThan(taught.figure("chosen/DPO alone"));
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("right/DPO alone")).isGreaterThan(0.95);
            assertThat(taught.figure("radio/DPO alone")).isLessThan(0.1);
            assertThat(taught.figure("radio/SFT, then DPO")).isGreaterThan(0.9);
        }
    }

    /** The loop of the lesson is the library's, to the last digit. */
    @Test
    void ownDpoLoop() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new OwnDpoLoop(), folder);
        assertThat(taught.figure("loss/first")).isEqualTo(Math.log(2), within(1e-12));
        assertThat(taught.figure("difference")).isLessThan(1e-12);
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("right")).isGreaterThan(0.9);
        }
    }

    @Test
    void didItLearn() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new DidItLearn(), folder);
        // From few answers the estimate may be negative; how far it is from 0 tells whether the policy moved.
        assertThat(Math.abs(taught.figure("kl/1.0E-5"))).isLessThan(Math.abs(taught.figure("kl/0.001")));
        assertThat(taught.said())
                .contains("At rate 0.001: last loss ")
                .containsPattern("before \\d+ %: a difference of ");
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("loss/1.0E-5")).isGreaterThan(0.65);
            taught.near("accuracy/1.0E-5", 0.97, 0.05);
            taught.near("courteous/before", 0.38, 0.03);
            taught.near("courteous/1.0E-5", 0.38, 0.05);
            taught.near("courteous/0.001", 0.67, 0.12);
            taught.near("kl/0.001", 0.7, 0.4);
            taught.near("courteous/0.1", 0.85, 0.15);
            assertThat(taught.figure("kl/0.1")).isGreaterThan(50);
            assertThat(taught.figure("random/trained")).isGreaterThan(0.95);
            assertThat(taught.figure("random/held")).isBetween(0.25, 0.75);
        }
    }
}
