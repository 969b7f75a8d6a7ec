package org.align4j.core.doctor;

import static org.align4j.core.doctor.Logged.pair;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.doctor.people.Annotators;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Five annotators of whom one judges by a coin: who is named, over seeds. */
class AnnotatorsTest {
    private static final List<String> NAMES = List.of("ann", "bob", "cleo", "dan", "eve");

    /**
     * 1,000 pairs, 200 of them judged by two; everybody but the coin is right in 85 of 100.
     *
     * @param coin whose judgements are a coin's, or null
     */
    private static List<LogRow> log(long seed, String coin, double right) {
        Random random = new Random(seed);
        List<LogRow> rows = new ArrayList<>();
        for (int item = 0; item < 1000; item++) {
            List<String> who = new ArrayList<>(NAMES);
            Collections.shuffle(who, random);
            for (String name : who.subList(0, item < 200 ? 2 : 1)) {
                boolean good = random.nextDouble() < (name.equals(coin) ? 0.5 : right);
                rows.add(pair(
                        rows.size(),
                        "question " + item,
                        good ? "good" : "bad",
                        good ? "bad" : "good",
                        new Facts(name, null, null, null, null, null)));
            }
        }
        return rows;
    }

    private static Finding see(List<LogRow> rows, Annotators check) {
        return Logged.see(check, rows.size(), rows::get).orElseThrow();
    }

    @Test
    void theCoinIsNamed() {
        int named = 0;
        for (long seed = 1; seed <= 10; seed++) {
            String coin = NAMES.get((int) seed % 5);
            Finding finding = see(log(seed, coin, 0.9), new Annotators(row -> Double.NaN));
            named += finding.figures().get("suspects").equals(List.of(coin)) ? 1 : 0;
        }
        assertThat(named).isGreaterThanOrEqualTo(9);
    }

    @Test
    void nobodyIsNamedWhereAllAreAlike() {
        for (long seed = 1; seed <= 20; seed++) {
            Finding finding = see(log(seed, null, 0.75 + seed % 5 * 0.06), new Annotators(row -> Double.NaN));
            assertThat(finding.figures()).as("seed %d", seed).containsEntry("suspects", List.of());
            assertThat(finding.level()).isEqualTo(Level.GREEN);
        }
    }

    /** Rows that nobody judges twice: a probe that is right in two rows of three shows who agrees with nothing. */
    @Test
    void aProbeStandsInForTheOthers() {
        Random random = new Random(5);
        List<LogRow> rows = new ArrayList<>();
        List<Double> margins = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            String name = NAMES.get(i % 5);
            boolean good = name.equals("dan") ? random.nextBoolean() : true;
            boolean probe = random.nextInt(3) > 0;
            rows.add(pair(
                    i,
                    "q" + i,
                    good ? "good" : "bad",
                    good ? "bad" : "good",
                    new Facts(name, null, null, null, null, null)));
            margins.add(good == probe ? 1.0 : -1.0);
        }
        Finding finding = see(rows, new Annotators(margins::get));
        assertThat(finding.figures()).containsEntry("suspects", List.of("dan"));
        assertThat(finding.count()).isEqualTo(600);
        assertThat(finding.sightings().get(0).note()).startsWith("dan: agrees in");
    }

    /**
     * Two people who judge the same 800 pairs, one with 3, the other with 25 labels of 100 swapped. They disagree with each other equally
     * often, so that a probe that is right in 9 of 10 must say who it is; with three more people the agreements say it.
     */
    @ParameterizedTest
    @CsvSource({"2, probe", "5, agreement"})
    void ofTwoWhoDisagreeTheNoiseOfTheirRowsSaysWho(int people, String evidence) {
        Random random = new Random(7);
        List<LogRow> rows = new ArrayList<>();
        List<Double> margins = new ArrayList<>();
        for (int item = 0; item < 800; item++) {
            boolean probe = random.nextInt(10) < 9;
            for (String name : NAMES.subList(0, people)) {
                boolean right = random.nextInt(100) >= (name.equals("bob") ? 25 : 3);
                rows.add(pair(
                        rows.size(),
                        "question " + item,
                        right ? "good" : "bad",
                        right ? "bad" : "good",
                        new Facts(name, null, null, null, null, null)));
                margins.add(right == probe ? 1.0 : -1.0);
            }
        }
        Finding finding = see(rows, new Annotators(margins::get));
        assertThat(finding.figures()).containsEntry("suspects", List.of("bob"));
        assertThat((List<?>) finding.figures().get("annotators")).allSatisfy(told -> {
            assertThat(((Map<?, ?>) told).get("evidence")).isEqualTo(evidence);
            assertThat(((Map<?, ?>) told).containsKey("accuracy"))
                    .as("two votes don't tell whose is right")
                    .isEqualTo(people > 2);
        });
        assertThat(finding.sightings().get(0).note().contains("probe")).isEqualTo(people == 2);
    }

    /** Two people who swap equally many labels: nobody is named, whatever the probe is right in. */
    @Test
    void ofTwoWhoAreAlikeNobodyIsNamed() {
        for (int seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            List<LogRow> rows = new ArrayList<>();
            List<Double> margins = new ArrayList<>();
            for (int item = 0; item < 600; item++) {
                boolean probe = random.nextInt(10) < 6 + seed % 4;
                for (String name : NAMES.subList(0, 2)) {
                    boolean right = random.nextInt(100) >= 10;
                    rows.add(pair(
                            rows.size(),
                            "question " + item,
                            right ? "good" : "bad",
                            right ? "bad" : "good",
                            new Facts(name, null, null, null, null, null)));
                    margins.add(right == probe ? 1.0 : -1.0);
                }
            }
            assertThat(see(rows, new Annotators(margins::get)).figures())
                    .as("seed %d", seed)
                    .containsEntry("suspects", List.of());
        }
    }

    /**
     * A log whose repeated rows were left out: what stayed of the pairs that two judged are contradictions. They show nothing of anybody
     * (eve, who flips 39 of 100, meets those who are right in 98), so that each is compared with a probe that is right in 8 of 10.
     */
    @Test
    void contradictionsAloneCompareNobody() {
        Random random = new Random(11);
        List<LogRow> rows = new ArrayList<>();
        List<Double> margins = new ArrayList<>();
        for (int item = 0; item < 4000; item++) {
            List<String> who = new ArrayList<>(NAMES);
            Collections.shuffle(who, random);
            boolean first = random.nextInt(100) < (who.get(0).equals("eve") ? 61 : 98);
            boolean second = random.nextInt(100) < (who.get(1).equals("eve") ? 61 : 98);
            boolean probe = random.nextInt(10) < 8;
            for (int judge = 0; judge < (first == second || item % 4 > 0 ? 1 : 2); judge++) {
                boolean right = judge == 0 ? first : second;
                rows.add(pair(
                        rows.size(),
                        "question " + item,
                        right ? "good" : "bad",
                        right ? "bad" : "good",
                        new Facts(who.get(judge), null, null, null, null, null)));
                margins.add(right == probe ? 1.0 : -1.0);
            }
        }
        Finding finding = see(rows, new Annotators(margins::get));
        assertThat(finding.figures()).containsEntry("suspects", List.of("eve"));
        assertThat((String) finding.figures().get("note"))
                .contains("comparisons of two annotators 0 agree")
                .contains("the probe");
        assertThat((List<?>) finding.figures().get("annotators"))
                .allSatisfy(told -> assertThat(((Map<?, ?>) told).keySet().toString())
                        .contains("agreement_with_probe")
                        .doesNotContain("accuracy"));
    }

    /** Half of the agreements, as coins have, are comparisons like any. */
    @Test
    void fewAgreementsAreStillCompared() {
        Finding finding = see(log(3, null, 0.6), new Annotators(row -> Double.NaN));
        assertThat(finding.figures()).doesNotContainKey("note");
        assertThat((List<?>) finding.figures().get("annotators"))
                .allSatisfy(told ->
                        assertThat(((Map<?, ?>) told).keySet().toString()).contains("accuracy"));
    }

    @ParameterizedTest
    @CsvSource({"95, 0", "100, 1"})
    void whoAlwaysPicksOneSlotIsNamed(int first, int named) {
        List<LogRow> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            boolean eve = i < 100;
            String slot = (eve ? i < first : i % 2 == 0) ? "A" : "B";
            rows.add(pair(i, "q" + i, "a", "b", new Facts(eve ? "eve" : "ann", slot, null, null, null, null)));
        }
        assertThat((List<?>)
                        see(rows, new Annotators(row -> Double.NaN)).figures().get("suspects"))
                .hasSize(named);
    }

    @ParameterizedTest
    @CsvSource({"501, AMBER", "500, RED"})
    void rowsOfSuspectsDecideTheLevel(int all, Level level) {
        List<LogRow> rows = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            String name = i < 100 ? "eve" : "ann";
            rows.add(pair(
                    i, "q" + i, "a", "b", new Facts(name, i < 100 || i % 2 == 0 ? "A" : "B", null, null, null, null)));
        }
        assertThat(see(rows, new Annotators(row -> Double.NaN)).level()).isEqualTo(level);
    }
}
