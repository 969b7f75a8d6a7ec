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

/** Lessons 8 to 14 at small scale: they run, leave a page, and what holds at any scale holds. */
class LaterLessonsTest {
    private static final String HOME = "align4j.home";

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
        LessonSheet sheet = new LessonSheet(terminal, folder.resolve("lesson"), true);
        page = sheet.teach(lesson);
        assertThat(terminal.captureOutput()).contains("Question:", "What the numbers don't tell:", "Exercise:");
        assertThat(Files.readString(page))
                .contains("<svg class=\"chart\"", lesson.title().substring(0, 6));
        assertThat(page.resolveSibling("lesson.json")).isNotEmptyFile();
        return sheet.figures();
    }

    /** Adam divides gradients by their size, so a few steps move the policy alike and the margins differ by β alone. */
    @Test
    void whatBetaDoes() throws IOException {
        Map<String, Double> figures = taught(new WhatBetaDoes());
        assertThat(figures.get("margin/2.0")).isGreaterThan(10 * figures.get("margin/0.1"));
        assertThat(figures.get("gap/0.02")).isCloseTo(figures.get("gap/0.1"), within(0.2));
    }

    @Test
    void writeYourOwnLoss() throws IOException {
        assertThat(taught(new WriteYourOwnLoss()).get("derivative/worst")).isLessThan(1e-6);
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
        assertThat(figures.get("commonest/before")).isBetween(0.0, 1.0);
    }

    /** In the demo's held-out pairs every other chosen answer is the longer one. */
    @Test
    void rewardBesideLength() throws IOException {
        Map<String, Double> figures = taught(new RewardBesideLength());
        assertThat(figures.get("accuracy/longer wins")).isEqualTo(0.5);
        assertThat(figures.get("longer/longer wins")).isEqualTo(1);
    }

    @Test
    void rolloutTakenApart() throws IOException {
        Map<String, Double> figures = taught(new RolloutTakenApart());
        assertThat(figures.get("error/rewards")).isLessThan(1e-12);
        assertThat(figures.get("error/returns")).isLessThan(1e-12);
        assertThat(figures.get("error/whitened")).isLessThan(1e-9);
        assertThat(figures.get("first/value")).isZero();
    }

    @Test
    void rewardHacking() throws IOException {
        assertThat(taught(new RewardHacking()).get("steps/no price")).isEqualTo(2);
    }

    /** The bound of 4: log 4 − 3/4. */
    @Test
    void equalDivergence() throws IOException {
        Map<String, Double> figures = taught(new EqualDivergence());
        assertThat(figures.get("kl/best of n/4")).isCloseTo(1.386294 - 0.75, within(1e-6));
        assertThat(figures.get("kl/best of n/1")).isZero();
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
