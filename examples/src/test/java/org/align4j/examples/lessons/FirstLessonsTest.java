package org.align4j.examples.lessons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.terminal.Terminal;
import org.align4j.examples.lessons.sheet.Lesson;
import org.align4j.examples.lessons.sheet.LessonSheet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lessons 1 to 7: at small scale in every build; with {@code -Plessons} at full scale, whose figures docs/lessons.md tells. */
class FirstLessonsTest {
    private static final String HOME = "align4j.home";
    private static final boolean FULL = Boolean.getBoolean("align4j.lessons");

    @TempDir
    Path folder;

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
        Path page = sheet.teach(lesson);
        assertThat(terminal.captureOutput()).contains("Question:", "What the numbers don't tell:", "Exercise:");
        assertThat(Files.readString(page)).contains("<svg class=\"chart\"").doesNotContain("NaN");
        return sheet.figures();
    }

    /** The demo's pairs take turns in which side is longer. */
    @Test
    void whatIsAPair() throws IOException {
        Map<String, Double> figures = taught(new WhatIsAPair());
        assertThat(figures.get("longer/chosen")).isEqualTo(0.5);
        assertThat(figures.get("tokens/first")).isEqualTo(27 + 25 + 20);
        if (FULL) {
            assertThat(figures.get("length/chosen")).isEqualTo(17.38, within(0.005));
        }
    }

    @Test
    void whatTheModelThinks() throws IOException {
        Map<String, Double> figures = taught(new WhatTheModelThinks());
        assertThat(figures.get("chosen/sum")).isCloseTo(-11.80, within(0.01));
        assertThat(figures.get("rejected/sum")).isCloseTo(-10.80, within(0.01));
        assertThat(figures.get("perplexity/first")).isCloseTo(Math.exp(11.7973 / 18), within(1e-3));
        if (FULL) {
            assertThat(figures.get("likelier/sum")).isCloseTo(0.46, within(0.02));
        }
    }

    @Test
    void dpoByHand() throws IOException {
        Map<String, Double> figures = taught(new DpoByHand());
        assertThat(figures.get("loss/0")).isEqualTo(Math.log(2), within(1e-15));
        for (int step = 0; step <= 4; step++) {
            assertThat(figures.get("difference/" + step)).isZero();
        }
        assertThat(figures.get("loss/4")).isCloseTo(0.080, within(0.005));
    }

    @Test
    void whereTheGradientGoes() throws IOException {
        Map<String, Double> figures = taught(new WhereTheGradientGoes());
        assertThat(figures.get("difference/worst")).isLessThan(1e-9);
        // By hand: at margin 2 ln 3 the σ of -ln 3 is a quarter.
        assertThat(WhereTheGradientGoes.coefficient(2 * Math.log(3))).isEqualTo(-0.125, within(1e-15));
        if (FULL) {
            assertThat(figures.get("norm/least margin")).isGreaterThan(10 * figures.get("norm/largest margin"));
        }
    }

    @Test
    void whySftFirst() throws IOException {
        Map<String, Double> figures = taught(new WhySftFirst());
        assertThat(figures.get("chosen/SFT, then DPO")).isGreaterThan(figures.get("chosen/DPO alone"));
        if (FULL) {
            assertThat(figures.get("right/DPO alone")).isGreaterThan(0.95);
            assertThat(figures.get("radio/DPO alone")).isLessThan(0.1);
            assertThat(figures.get("radio/SFT, then DPO")).isGreaterThan(0.9);
        }
    }

    /** The loop of the lesson is the library's, to the last digit. */
    @Test
    void ownDpoLoop() throws IOException {
        Map<String, Double> figures = taught(new OwnDpoLoop());
        assertThat(figures.get("loss/first")).isEqualTo(Math.log(2), within(1e-12));
        assertThat(figures.get("difference")).isLessThan(1e-12);
        if (FULL) {
            assertThat(figures.get("right")).isGreaterThan(0.9);
        }
    }

    @Test
    void didItLearn() throws IOException {
        Map<String, Double> figures = taught(new DidItLearn());
        // From few answers the estimate may be negative; how far it is from 0 tells whether the policy moved.
        assertThat(Math.abs(figures.get("kl/1.0E-5"))).isLessThan(Math.abs(figures.get("kl/0.001")));
        if (FULL) {
            assertThat(figures.get("loss/1.0E-5")).isGreaterThan(0.65);
            assertThat(figures.get("courteous/0.001")).isGreaterThan(figures.get("courteous/before") + 0.2);
            assertThat(figures.get("kl/0.1")).isGreaterThan(figures.get("kl/0.001"));
            assertThat(figures.get("dice/trained")).isGreaterThan(0.95);
            assertThat(figures.get("dice/held")).isBetween(0.25, 0.75);
        }
    }
}
