package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.Preference;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.sheet.Lesson;
import org.align4j.examples.lessons.sheet.LessonSheet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lessons 8 to 14: at small scale in every build, where they run, leave a page, and what holds at any scale holds; with {@code -Plessons}
 * at full scale, whose figures docs/lessons.md tells. Training multiplies differences of rounding, so that another kind of processor may
 * give figures some percent off.
 */
class LaterLessonsTest {
    private static final String HOME = "align4j.home";
    private static final boolean FULL = Boolean.getBoolean("align4j.lessons");

    @TempDir
    Path folder;

    private Path page;

    @BeforeEach
    void atHome() {
        System.setProperty(HOME, System.getProperty("align4j.root"));
    }

    @AfterEach
    void leave() {
        System.clearProperty(HOME);
    }

    private Map<String, Double> taught(Lesson lesson) throws IOException {
        Terminal terminal = Terminal.captured();
        LessonSheet sheet = new LessonSheet(terminal, folder.resolve("lesson"), !FULL);
        page = sheet.teach(lesson);
        assertThat(terminal.captureOutput()).contains("Question:", "What the numbers don't tell:", "Exercise:");
        assertThat(Files.readString(page))
                .contains("<svg class=\"chart\"", lesson.title().substring(0, 6));
        assertThat(page.resolveSibling("lesson.json")).isNotEmptyFile();
        return sheet.figures();
    }

    /** A figure of docs/lessons.md, within a fifth. */
    private static void near(Map<String, Double> figures, String name, double told) {
        assertThat(figures.get(name)).as(name).isCloseTo(told, within(Math.abs(told) / 5));
    }

    /** Adam divides gradients by their size, so a few steps move the policy alike and the margins differ by β alone. */
    @Test
    void whatBetaDoes() throws IOException {
        Map<String, Double> figures = taught(new WhatBetaDoes());
        if (FULL) {
            assertThat(figures.get("margin/2.0")).isGreaterThan(figures.get("margin/0.1"));
            assertThat(figures.get("gap/2.0")).isLessThan(figures.get("gap/0.1"));
            assertThat(figures.get("kl/2.0")).isLessThan(figures.get("kl/0.1"));
            near(figures, "gap/0.02", 27.3);
            near(figures, "gap/0.1", 17.6);
            near(figures, "gap/0.5", 7.3);
            near(figures, "gap/2.0", 3.6);
            near(figures, "kl/0.1", 103);
            assertThat(figures.get("kl/2.0")).isCloseTo(1.2, within(0.6));
            assertThat(figures.get("courteous/before")).isCloseTo(0.41, within(0.03));
            assertThat(figures.get("courteous/2.0")).isCloseTo(0.86, within(0.08));
        } else {
            assertThat(figures.get("margin/2.0")).isGreaterThan(10 * figures.get("margin/0.1"));
            assertThat(figures.get("gap/0.02")).isCloseTo(figures.get("gap/0.1"), within(0.2));
        }
    }

    @Test
    void writeYourOwnLoss() throws IOException {
        Map<String, Double> figures = taught(new WriteYourOwnLoss());
        assertThat(figures.get("derivative/worst")).isLessThan(1e-6);
        if (FULL) {
            near(figures, "sigmoid/a", -30.4);
            near(figures, "sigmoid/b", -70.0);
            near(figures, "sigmoid/kl", 113);
            assertThat(figures.get("sigmoid/accuracy")).isCloseTo(0.97, within(0.03));
            assertThat(figures.get("anchored/a")).isCloseTo(0.4, within(0.5));
            near(figures, "anchored/b", -6.4);
            assertThat(figures.get("anchored/kl")).isCloseTo(1.4, within(0.7));
            assertThat(figures.get("anchored/accuracy")).isCloseTo(1.0, within(0.03));
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
        Map<String, Double> figures = taught(new WhatGoesWrong());
        if (FULL) {
            assertThat(figures.get("commonest/before")).isCloseTo(0.11, within(0.03));
            assertThat(figures.get("commonest/chosen is shorter")).isCloseTo(0.55, within(0.15));
            assertThat(figures.get("endings/chosen is shorter")).isLessThan(figures.get("endings/before") / 2);
            assertThat(figures.get("accuracy/chosen is longer")).isCloseTo(0.85, within(0.05));
            assertThat(figures.get("accuracy/chosen is shorter")).isCloseTo(0.79, within(0.05));
            near(figures, "fall/chosen is longer", -5.1);
            near(figures, "fall/chosen is shorter", -6.1);
            near(figures, "length/before", 16.9);
            near(figures, "length/chosen is longer", 29.3);
            near(figures, "length/chosen is shorter", 17.6);
        } else {
            assertThat(figures.get("commonest/before")).isBetween(0.0, 1.0);
        }
    }

    /** In the demo's held-out pairs every other chosen answer is the longer one. */
    @Test
    void rewardBesideLength() throws IOException {
        Map<String, Double> figures = taught(new RewardBesideLength());
        assertThat(figures.get("accuracy/longer wins")).isEqualTo(0.5);
        assertThat(figures.get("longer/longer wins")).isEqualTo(1);
        if (FULL) {
            assertThat(figures.get("longer/balanced pairs")).isCloseTo(0.915, within(0.04));
            assertThat(figures.get("shorter/balanced pairs")).isCloseTo(0.88, within(0.04));
            assertThat(figures.get("longer/biased pairs")).isCloseTo(0.985, within(0.02));
            assertThat(figures.get("shorter/biased pairs")).isCloseTo(0.70, within(0.06));
        }
    }

    @Test
    void rolloutTakenApart() throws IOException {
        Map<String, Double> figures = taught(new RolloutTakenApart());
        assertThat(figures.get("error/rewards")).isLessThan(1e-12);
        assertThat(figures.get("error/returns")).isLessThan(1e-12);
        assertThat(figures.get("error/whitened")).isLessThan(1e-9);
        assertThat(figures.get("first/value")).isZero();
        if (FULL) {
            assertThat(figures.get("steps")).isEqualTo(6);
            assertThat(figures.get("score/first")).isCloseTo(0.44, within(0.05));
            assertThat(figures.get("score/last")).isCloseTo(0.64, within(0.1));
            near(figures, "value/courteous", 0.60);
            near(figures, "value/curt", 0.54);
        }
    }

    @Test
    void rewardHacking() throws IOException {
        Map<String, Double> figures = taught(new RewardHacking());
        assertThat(figures.get("steps/no price")).isEqualTo(FULL ? 12 : 2);
        if (FULL) {
            near(figures, "reward/first", 0.73);
            near(figures, "truth/first", 0.30);
            near(figures, "reward/no price", 6.8);
            assertThat(figures.get("truth/no price")).isLessThan(0.12);
            near(figures, "kl/no price", 41);
            near(figures, "reward/price 0.3 a nat", 2.1);
            assertThat(figures.get("truth/price 0.3 a nat")).isCloseTo(0.30, within(0.1));
            near(figures, "kl/price 0.3 a nat", 2.7);
            assertThat(figures.get("steps/no price, ends beyond 3 nats")).isBetween(3.0, 6.0);
            assertThat(figures.get("truth/no price, ends beyond 3 nats")).isCloseTo(0.29, within(0.1));
        }
    }

    /** The bound of 4: log 4 − 3/4. */
    @Test
    void equalDivergence() throws IOException {
        Map<String, Double> figures = taught(new EqualDivergence());
        assertThat(figures.get("kl/best of n/4")).isCloseTo(1.386294 - 0.75, within(1e-6));
        assertThat(figures.get("kl/best of n/1")).isZero();
        if (FULL) {
            assertThat(figures.get("courteous/best of n/1")).isCloseTo(0.37, within(0.05));
            assertThat(figures.get("courteous/best of n/8")).isGreaterThan(0.9);
            assertThat(figures.get("kl/DPO/32")).isCloseTo(0.57, within(0.2));
            assertThat(figures.get("courteous/DPO/32")).isCloseTo(0.68, within(0.1));
            near(figures, "kl/PPO/6", 2.4);
            assertThat(figures.get("courteous/PPO/6")).isCloseTo(0.83, within(0.1));
        }
        if (FULL) {}
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
