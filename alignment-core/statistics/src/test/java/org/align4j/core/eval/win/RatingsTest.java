package org.align4j.core.eval.win;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.BradleyTerry.Contest;
import org.align4j.core.eval.win.JudgeAgreement.JudgedItem;
import org.junit.jupiter.api.Test;

/** Ratings and agreement, by hand. */
class RatingsTest {
    private static final ClusterBootstrap BOOTSTRAP = new ClusterBootstrap(300, 1, 0.95);

    private static void play(List<Contest> contests, String system, String against, int wins, int ties, int losses) {
        for (int i = 0; i < wins + ties + losses; i++) {
            double win = i < wins ? 1 : i < wins + ties ? 0.5 : 0;
            contests.add(new Contest("prompt " + contests.size(), system, against, win));
        }
    }

    private static double rating(BradleyTerry found, String system) {
        BradleyTerry.Rating rating = found.ratings().get(system);
        return rating == null ? Double.NaN : rating.rating();
    }

    /** A beats B 10 to 1 in 11: 400 points, around the mean of 1000. */
    @Test
    void oddsOfTenToOneAreFourHundredPoints() {
        List<Contest> contests = new ArrayList<>();
        play(contests, "A", "B", 10, 0, 1);
        BradleyTerry found = BradleyTerry.of(contests, BOOTSTRAP);
        assertThat(rating(found, "A")).isCloseTo(1200, within(0.01));
        assertThat(rating(found, "B")).isCloseTo(800, within(0.01));
        assertThat(found.ratings().keySet()).containsExactly("A", "B");
    }

    /** Two ties are a win of each. */
    @Test
    void aTieIsHalfAWinOfEach() {
        List<Contest> tied = new ArrayList<>();
        play(tied, "A", "B", 3, 2, 1);
        List<Contest> won = new ArrayList<>();
        play(won, "A", "B", 4, 0, 2);
        assertThat(rating(BradleyTerry.of(tied, BOOTSTRAP), "A"))
                .isCloseTo(rating(BradleyTerry.of(won, BOOTSTRAP), "A"), within(1e-6));
    }

    /** Planted strengths of three systems lie in their intervals, and who is named first in a contest changes nothing. */
    @Test
    void plantedStrengthsAreFound() {
        SplittableRandom random = new SplittableRandom(6);
        double[] planted = {900, 1000, 1100};
        List<Contest> contests = new ArrayList<>();
        List<Contest> swapped = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            int a = i % 3;
            int b = (i + 1) % 3;
            double p = 1 / (1 + Math.pow(10, (planted[b] - planted[a]) / 400));
            double win = random.nextDouble() < p ? 1 : 0;
            contests.add(new Contest("prompt " + i / 3, "s" + a, "s" + b, win));
            swapped.add(new Contest("prompt " + i / 3, "s" + b, "s" + a, 1 - win));
        }
        BradleyTerry found = BradleyTerry.of(contests, BOOTSTRAP);
        for (int system = 0; system < 3; system++) {
            BradleyTerry.Rating rating = found.ratings().get("s" + system);
            assertThat(rating).isNotNull();
            assertThat(rating != null && rating.interval().contains(planted[system]))
                    .isTrue();
        }
        assertThat(found.ratings().keySet()).containsExactly("s2", "s1", "s0");
        double mean = found.ratings().values().stream()
                .mapToDouble(BradleyTerry.Rating::rating)
                .average()
                .orElse(0);
        assertThat(mean).isCloseTo(BradleyTerry.MEAN, within(1e-9));
        assertThat(rating(BradleyTerry.of(swapped, BOOTSTRAP), "s2")).isCloseTo(rating(found, "s2"), within(1e-6));
    }

    /** A and B met, C and D met, E lost to A alone: nothing ranks C against A, and nothing bounds E. */
    @Test
    void systemsThatNeverMetAreToldApart() {
        List<Contest> contests = new ArrayList<>();
        play(contests, "A", "B", 3, 0, 3);
        play(contests, "C", "D", 0, 2, 0);
        play(contests, "A", "E", 4, 0, 0);
        BradleyTerry found = BradleyTerry.of(contests, BOOTSTRAP);
        assertThat(found.comparable()).isFalse();
        assertThat(found.ratings()).isEmpty();
        assertThat(found.groups()).containsExactly(List.of("A", "B"), List.of("C", "D"), List.of("E"));
    }

    @Test
    void impossibleContestsAreRefused() {
        assertThatThrownBy(() -> new Contest("p", "A", "A", 1)).hasMessageContaining("A twice");
        assertThatThrownBy(() -> new Contest("p", "A", "B", 2)).hasMessageContaining("win is 2.0");
        assertThatThrownBy(() -> BradleyTerry.of(List.of(), BOOTSTRAP)).hasMessageContaining("no contests");
    }

    private static JudgedItem item(String prompt, String... verdicts) {
        return new JudgedItem(prompt, Arrays.asList(verdicts));
    }

    /**
     * Of four items the judges agree on two; both say "win" half of the time: chance 1/4 + 1/4, κ = (1/2 - 1/2)/(1/2). Of the
     * coincidences 4 of 8 are unequal, by chance 8·8 - 4·4 - 4·4 = 32 of 56: α = 1 - 7·4/32.
     */
    @Test
    void agreementByHand() {
        List<JudgedItem> items = List.of(
                item("a", "win", "win"),
                item("b", "win", "loss"),
                item("c", "loss", "loss"),
                item("d", "loss", "win"),
                item("e", "win", (String) null));
        List<JudgedItem> three = List.of(
                item("a", "win", "win"), item("b", "win", "win"), item("c", "loss", "loss"), item("d", "loss", "loss"));
        JudgeAgreement kappa = JudgeAgreement.kappa(items, 0, 1, BOOTSTRAP).orElseThrow();
        assertThat(kappa.value()).isCloseTo(0, within(1e-12));
        assertThat(kappa.items()).isEqualTo(4);
        assertThat(kappa.agreed()).isEqualTo(0.5);
        assertThat(JudgeAgreement.alpha(items, BOOTSTRAP).orElseThrow().value())
                .isCloseTo(1 - 7 * 4 / 32.0, within(1e-12));
        assertThat(JudgeAgreement.kappa(three, 0, 1, BOOTSTRAP).orElseThrow().value())
                .isEqualTo(1);
        assertThat(JudgeAgreement.alpha(three, BOOTSTRAP)
                        .orElseThrow()
                        .interval()
                        .low())
                .isEqualTo(1);
    }

    @Test
    void oneWordAloneOrNoOverlapTellsNothing() {
        List<JudgedItem> alike = List.of(item("a", "win", "win"), item("b", "win", "win"));
        List<JudgedItem> apart = List.of(item("a", "win", (String) null), item("b", (String) null, "loss"));
        assertThat(JudgeAgreement.kappa(alike, 0, 1, BOOTSTRAP)).isEmpty();
        assertThat(JudgeAgreement.alpha(alike, BOOTSTRAP)).isEmpty();
        assertThat(JudgeAgreement.alpha(apart, BOOTSTRAP)).isEmpty();
        assertThat(JudgeAgreement.alpha(List.of(), BOOTSTRAP)).isEmpty();
    }
}
