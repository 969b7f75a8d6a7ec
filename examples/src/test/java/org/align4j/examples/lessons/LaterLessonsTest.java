package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.Preference;
import org.align4j.examples.lessons.parts.DemoPairs;
import org.align4j.examples.lessons.parts.KnownQuestions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lessons 8 to 14: at small scale in every build, where they run, leave a page, and what holds at any scale holds; with {@code -Plessons}
 * at full scale, whose figures docs/lessons.md tells. Training multiplies differences of rounding, so that another kind of processor may
 * give figures some percent off.
 */
class LaterLessonsTest {
    @TempDir
    Path folder;

    /** Adam divides gradients by their size, so a few steps move the policy alike and the margins differ by β alone. */
    @Test
    void whatBetaDoes() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhatBetaDoes(), folder);
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("margin/2.0")).isGreaterThan(taught.figure("margin/0.2"));
            taught.near("gap/0.02", 14.9);
            taught.near("gap/0.2", 8.5);
            taught.near("gap/2.0", 3.1);
            taught.near("kl/0.02", 98);
            taught.near("kl/0.2", 13.2, 5);
            taught.near("kl/2.0", 1.0, 0.6);
            taught.near("courteous/before", 0.38, 0.03);
            taught.near("courteous/2.0", 0.73, 0.1);
            taught.near("courteous/0.02", 0.83, 0.12);
        } else {
            assertThat(taught.figure("margin/2.0")).isGreaterThan(5 * taught.figure("margin/0.2"));
            assertThat(taught.figure("gap/0.02")).isCloseTo(taught.figure("gap/0.2"), within(0.2));
        }
    }

    @Test
    void writeYourOwnLoss() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WriteYourOwnLoss(), folder);
        assertThat(taught.figure("derivative/worst")).isLessThan(1e-6);
        if (TaughtLesson.FULL) {
            taught.near("sigmoid/a", -30.4);
            taught.near("sigmoid/b", -70.0);
            taught.near("sigmoid/kl", 110);
            taught.near("sigmoid/accuracy", 0.97, 0.03);
            taught.near("anchored/a", 0.4, 0.5);
            taught.near("anchored/b", -6.4);
            taught.near("anchored/kl", 1.9, 0.7);
            taught.near("anchored/accuracy", 1.0, 0.03);
        }
    }

    /** Where a is 0.3 the anchor is 0; at −2 it costs 0.1 · 2². The preference part is −log σ(0.1 (a − b)) with b = 0.5. */
    @Test
    void theOwnLossIsWhatItsFormulaSays() {
        for (double a : new double[] {0.3, -2}) {
            double expected = Math.log1p(Math.exp(-0.1 * (a - 0.5))) + (a < 0 ? 0.4 : 0);
            double[][] reference = {{-1.0, -2.0}, {-1.5, -0.5}};
            double[][] policy = {{-1.0 + a, -2.0}, {-1.0, -0.5}};
            assertThat(WriteYourOwnLoss.lossWith(new Anchored(0.1, 0.1), policy, reference, 0))
                    .isCloseTo(expected, within(1e-12));
        }
    }

    @Test
    void whatGoesWrong() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new WhatGoesWrong(), folder);
        if (TaughtLesson.FULL) {
            taught.near("commonest/before", 0.11, 0.03);
            taught.near("commonest/chosen is shorter", 0.55, 0.15);
            assertThat(taught.figure("endings/chosen is shorter")).isLessThan(taught.figure("endings/before") / 2);
            taught.near("accuracy/chosen is longer", 0.85, 0.05);
            taught.near("accuracy/chosen is shorter", 0.79, 0.05);
            taught.near("fall/chosen is longer", -5.1);
            taught.near("fall/chosen is shorter", -6.1);
            taught.near("length/before", 17.6);
            taught.near("length/chosen is longer", 29.7);
            taught.near("length/chosen is shorter", 17.9);
        } else {
            assertThat(taught.figure("commonest/before")).isBetween(0.0, 1.0);
        }
    }

    /** In the demo's held-out pairs every other chosen answer is the longer one. */
    @Test
    void rewardBesideLength() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new RewardBesideLength(), folder);
        assertThat(taught.figure("accuracy/longer wins")).isEqualTo(0.5);
        assertThat(taught.figure("longer/longer wins")).isEqualTo(1);
        if (TaughtLesson.FULL) {
            taught.near("longer/balanced pairs", 0.915, 0.04);
            taught.near("shorter/balanced pairs", 0.88, 0.04);
            taught.near("longer/biased pairs", 0.985, 0.02);
            taught.near("shorter/biased pairs", 0.70, 0.06);
        }
    }

    @Test
    void rolloutTakenApart() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new RolloutTakenApart(), folder);
        assertThat(taught.figure("error")).isLessThan(1e-9);
        assertThat(taught.figure("first/value")).isZero();
        if (TaughtLesson.FULL) {
            assertThat(taught.figure("steps")).isEqualTo(6);
            taught.near("score/first", 0.44, 0.05);
            taught.near("score/last", 0.64, 0.1);
            taught.near("value/courteous", 0.70);
            taught.near("value/curt", 0.66);
        }
    }

    @Test
    void rewardHacking() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new RewardHacking(), folder);
        assertThat(taught.figure("steps/no penalty")).isEqualTo(TaughtLesson.FULL ? 10 : 2);
        if (TaughtLesson.FULL) {
            taught.near("reward/first", 0.8);
            taught.near("truth/first", 0.28, 0.05);
            taught.near("reward/no penalty", 4.1);
            taught.near("truth/no penalty", 0.16, 0.1);
            taught.near("kl/no penalty", 28);
            taught.near("reward/penalty 0.3 per nat", 2.1);
            taught.near("truth/penalty 0.3 per nat", 0.44, 0.13);
            taught.near("kl/penalty 0.3 per nat", 3.3, 1);
            assertThat(taught.figure("steps/no penalty, ends beyond 3 nats")).isBetween(3.0, 6.0);
            taught.near("truth/no penalty, ends beyond 3 nats", 0.38, 0.13);
        }
    }

    /** The bound of 4: log 4 − 3/4. */
    @Test
    void equalDivergence() throws IOException {
        TaughtLesson taught = TaughtLesson.of(new EqualDivergence(), folder);
        assertThat(taught.figure("kl/best of n/4")).isCloseTo(1.386294 - 0.75, within(1e-6));
        assertThat(taught.figure("kl/best of n/1")).isZero();
        assertThat(taught.said())
                .containsPattern("Best of 4 at 0\\.64 nats \\d+ %, DPO at \\S+ nats \\d+ %: a difference of ")
                .containsPattern("PPO at \\S+ nats \\d+ %: a difference of ")
                .containsPattern("which chance may explain|more than chance explains");
        if (TaughtLesson.FULL) {
            taught.near("courteous/best of n/1", 0.38, 0.05);
            taught.near("courteous/best of n/4", 0.85, 0.05);
            assertThat(taught.figure("courteous/best of n/8")).isGreaterThan(0.9);
            taught.near("kl/DPO/32", 0.76, 0.3);
            taught.near("courteous/DPO/32", 0.73, 0.1);
            taught.near("kl/PPO/3", 0.59, 0.3);
            taught.near("courteous/PPO/3", 0.53, 0.12);
            taught.near("kl/PPO/6", 1.4, 0.5);
            taught.near("courteous/PPO/6", 0.62, 0.1);
        }
    }

    /** "nail" and "iron" are shared and rare, "nail" stands in the question; a right answer must be courteous too. */
    @Test
    void aRightAnswerHoldsTheKeyAndIsCourteous() {
        Preference pair = Preference.of("What is a nail made of?", "You need iron, my dear.", "You need iron, fool.");
        KnownQuestions known = new KnownQuestions(pair, "iron");
        assertThat(known.well("It is iron, my dear friend.")).isTrue();
        assertThat(known.well("It is iron, you fool.")).isFalse();
        assertThat(known.well("It is clay, my dear friend.")).isFalse();
        assertThat(DemoPairs.words("It's Iron, iron!")).containsExactlyInAnyOrderElementsOf(List.of("it's", "iron"));
    }
}
