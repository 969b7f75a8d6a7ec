package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.examples.lessons.theory.BradleyTerry;
import org.align4j.examples.lessons.theory.FromLeashToDpo;
import org.align4j.examples.lessons.theory.GrpoOnSums;
import org.align4j.examples.lessons.theory.KtoOnThumbs;
import org.align4j.examples.lessons.theory.PolicyGradientByHand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lessons 15 to 19: what is enumerated there, worked out here from the formulas by other ways. */
class TheoryTest {
    @TempDir
    Path folder;

    /**
     * In a circle no order is better than another, so the fit is a coin. 0.6 of people with σ(0.5) and 0.4 with σ(−4) make a share of 0.3807. Gradient
     * descent on votes that all go one way follows about log(steps).
     */
    @Test
    void bradleyTerry() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new BradleyTerry(), folder);
        assertThat(taught.figure("fitted/1")).isCloseTo(1, within(0.5));
        assertThat(taught.figure("fitted/2")).isCloseTo(3, within(0.6));
        assertThat(taught.figure("circle")).isCloseTo(0.5, within(1e-9));
        assertThat(taught.figure("mixed"))
                .isCloseTo(0.6 / (1 + Math.exp(-0.5)) + 0.4 / (1 + Math.exp(4)), within(1e-12));
        assertThat(taught.figure("off")).isBetween(0.05, 0.5);
        assertThat(taught.figure("growing/last")).isCloseTo(Math.log(300), within(0.1));
        assertThat(taught.said())
                .contains("60 % of the people find B better than A, yet B gets only 38 % of the votes");
    }

    /** Z = 0.7 + 0.2 e² + 0.1 e, and J of the optimum is β log Z; with another policy it is lower. */
    @Test
    void fromLeashToDpo() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new FromLeashToDpo(), folder);
        double best = 0.5 * Math.log(0.7 + 0.2 * Math.exp(2) + 0.1 * Math.exp(1));
        assertThat(taught.figure("J/optimum")).isCloseTo(best, within(1e-12));
        assertThat(taught.figure("J/beta log Z")).isCloseTo(best, within(1e-12));
        assertThat(taught.figure("J/random")).isLessThan(best).isCloseTo(best, within(0.01));
        assertThat(taught.figure("difference with Z")).isCloseTo(1, within(1e-12));
        assertThat(taught.figure("difference without Z")).isCloseTo(1, within(1e-12));
        assertThat(taught.figure("error")).isLessThan(1e-6);
        double byHand = Math.log1p(Math.exp(-0.6));
        assertThat(taught.figure("loss by hand")).isCloseTo(byHand, within(1e-12));
        assertThat(taught.figure("loss by the library")).isCloseTo(byHand, within(1e-12));
        assertThat(taught.figure("gradient by hand")).isCloseTo(-0.5 / (1 + Math.exp(0.6)), within(1e-12));
        assertThat(taught.figure("gradient by the library")).isCloseTo(-0.5 / (1 + Math.exp(0.6)), within(1e-12));
    }

    /** C's exact gradient is π(C) (r(C) − E r) = 0.2 (5 − 2.9). Draws that aren't reweighted count whole. */
    @Test
    void policyGradientByHand() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new PolicyGradientByHand(), folder);
        assertThat(taught.figure("gradient error")).isLessThan(1e-8);
        assertThat(taught.figure("mean/0.0")).isCloseTo(0.42, within(0.06));
        assertThat(taught.figure("mean/2.9")).isCloseTo(0.42, within(0.03));
        assertThat(taught.figure("deviation/2.9")).isLessThan(taught.figure("deviation/0.0"));
        assertThat(taught.figure("effective/0.0")).isCloseTo(1, within(1e-12));
        assertThat(taught.figure("effective/4.0")).isLessThan(0.3);
        assertThat(taught.figure("clip difference")).isLessThan(1e-12);
        assertThat(taught.figure("GAE difference")).isLessThan(1e-12);
    }

    /** Seven of eight right: (0.875, −0.125) over the deviation √(7 · 0.125 / 7) = 0.3536 gives +0.35 and −2.47. */
    @Test
    void grpoOnSums() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new GrpoOnSums(), folder);
        assertThat(taught.said())
                .containsPattern("7 of 8 +\\+0\\.35 +-2\\.47")
                .containsPattern("0 of 8 +none +\\+0\\.00");
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("right/SFT")).isBetween(0.2, 0.6);
            for (int seed = 1; seed <= 3; seed++) {
                assertThat(taught.figure("right/seed " + seed)).isGreaterThanOrEqualTo(0.6);
            }
        }
    }

    /** The four losses are σ of −0.5 (u − z) or of −0.5 (z − u), with z = 0.25. */
    @Test
    void ktoOnThumbs() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new KtoOnThumbs(), folder);
        double loss = 0;
        for (double distance : new double[] {0.35, -0.45, -0.65, 1.25}) {
            loss += 0.25 / (1 + Math.exp(0.5 * distance));
        }
        assertThat(taught.figure("loss by hand")).isCloseTo(loss, within(1e-12));
        assertThat(taught.figure("loss by the library")).isCloseTo(loss, within(1e-12));
        assertThat(taught.said()).containsPattern("KTO \\d+ %, before \\d+ %: a difference of");
        if (TaughtLesson.FULL) {
            taught.near("courteous/before", 0.47, 0.05);
            taught.near("courteous/KTO", 0.65, 0.1);
            taught.near("courteous/DPO", 0.735, 0.1);
            taught.near("kl/KTO", 3.4, 1.5);
            taught.near("kl/DPO", 1.6, 0.6);
        }
    }
}
