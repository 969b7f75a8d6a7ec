package org.align4j.core.doctor;

import static org.align4j.core.doctor.Logged.pair;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.doctor.people.Contradictions;
import org.align4j.core.doctor.people.Cycles;
import org.align4j.core.text.DetectedLanguage;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The levels on both sides of every threshold, counted by hand. */
class ThresholdsTest {
    private static final String SENTENCE = "This one is a sentence of so many words that nobody could call it short";

    /** A row that has the defect, or hasn't, by its number. */
    private static final Map<String, BiFunction<Integer, Boolean, LogRow>> ROWS = Map.of(
            "exact-duplicates",
            (i, bad) -> bad ? pair(i, "same", "a", "b") : pair(i, "p" + i, "a", "b"),
            "identical-answers",
            (i, bad) -> pair(i, "p" + i, "an answer", bad ? "an  answer" : "another text"),
            "cut-answers",
            (i, bad) -> pair(i, "p" + i, "Right. " + SENTENCE + (bad ? "" : "."), "b"),
            "encoding",
            (i, bad) -> pair(i, "p" + i, bad ? "caf\u00c3\u00a9" : "caf\u00e9", "b"),
            "pii",
            (i, bad) -> pair(i, "p" + i, bad ? "Write to jane@example.org." : "Write to me @home.", "b"),
            "contamination",
            (i, bad) -> pair(i, bad ? "known question" : "p" + i, "a", "b"));

    private static Check check(String id) {
        Map<String, Supplier<Check>> checks = Map.of(
                "exact-duplicates", ExactDuplicates::new,
                "identical-answers", IdenticalAnswers::new,
                "cut-answers", CutAnswers::new,
                "encoding", Encoding::new,
                "pii", PersonalData::new,
                "contamination",
                        () -> {
                            Overlap overlap = Overlap.contamination();
                            overlap.reference("Known  Question", 0);
                            return overlap;
                        });
        return checks.get(id).get();
    }

    /** Of 1,000 rows so many have the defect; of duplicates the first of them is none. */
    @ParameterizedTest
    @CsvSource({
        "exact-duplicates, 5, GREEN",
        "exact-duplicates, 6, AMBER",
        "exact-duplicates, 50, AMBER",
        "exact-duplicates, 51, RED",
        "identical-answers, 19, GREEN",
        "identical-answers, 20, AMBER",
        "identical-answers, 99, AMBER",
        "identical-answers, 100, RED",
        "cut-answers, 49, GREEN",
        "cut-answers, 50, AMBER",
        "cut-answers, 199, AMBER",
        "cut-answers, 200, RED",
        "encoding, 19, GREEN",
        "encoding, 20, AMBER",
        "encoding, 99, AMBER",
        "encoding, 100, RED",
        "pii, 0, GREEN",
        "pii, 1, AMBER",
        "pii, 9, AMBER",
        "pii, 10, RED",
        "contamination, 0, GREEN",
        "contamination, 1, AMBER",
        "contamination, 9, AMBER",
        "contamination, 10, RED",
    })
    void ofAThousandRows(String id, int bad, Level level) {
        var finding =
                Logged.see(check(id), 1000, i -> ROWS.get(id).apply(i, i < bad)).orElseThrow();
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.count()).isEqualTo(id.equals("exact-duplicates") ? Math.max(0, bad - 1) : bad);
        assertThat(finding.advice().isEmpty()).isEqualTo(finding.count() == 0);
        assertThat(finding.id()).isEqualTo(id);
    }

    @Test
    void aBrokenRowIsRed() {
        Schema schema = new Schema();
        Logged.see(schema, 5000, i -> pair(i, "p", "a", "b"));
        assertThat(schema.finding().orElseThrow().level()).isEqualTo(Level.GREEN);
        schema.bad(5000, "broken");
        assertThat(schema.finding().orElseThrow().level()).isEqualTo(Level.RED);
    }

    @ParameterizedTest
    @CsvSource({"1001, AMBER", "1000, RED"})
    void oneContradictionIsAmberUntilItIsOneInAThousand(int rows, Level level) {
        var finding = Logged.see(
                new Contradictions(), rows, i -> i == 7 ? pair(i, "p3", "b", "a") : pair(i, "p" + i, "a", "b"));
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"601, AMBER", "600, RED"})
    void oneCircleOfThreeIsAmberUntilItsPairsAreFiveInAThousand(int rows, Level level) {
        List<LogRow> circle = List.of(pair(0, "p", "a", "b"), pair(1, "p", "b", "c"), pair(2, "p", "c", "a"));
        var finding = Logged.see(new Cycles(), rows, i -> i < 3 ? circle.get(i) : pair(i, "p" + i, "a", "b"));
        assertThat(finding.orElseThrow().count()).isEqualTo(3);
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
    }

    /** Wilson's lower bounds by hand: 580/1000 .5492, 581/1000 .5502, 679/1000 .6494, 680/1000 .6504. */
    @ParameterizedTest
    @CsvSource({"580, GREEN", "581, AMBER", "679, AMBER", "680, RED"})
    void lengthCountsByTheLowerBound(int longer, Level level) {
        var finding = Logged.see(
                new LengthBias(row -> null),
                1000,
                i -> pair(i, "p", i < longer ? "long answer" : "no", i < longer ? "no" : "long answer"));
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
        var other = Logged.see(
                new LengthBias(row -> null),
                1000,
                i -> pair(i, "p", i < longer ? "no" : "long answer", i < longer ? "long answer" : "no"));
        assertThat(other.orElseThrow().level()).as("shorter").isEqualTo(level);
    }

    @Test
    void aSourceOfItsOwnIsJudgedFromFiftyPairsOn() {
        for (int pairs : new int[] {49, 50}) {
            var finding = Logged.see(new LengthBias(row -> null), 1000, i -> {
                boolean longer = i < pairs || i % 2 == 0;
                String source = i < pairs ? "one" : "two";
                return pair(
                        i,
                        "p",
                        longer ? "long answer" : "no",
                        longer ? "no" : "long answer",
                        new Facts(null, null, source, null, null, null));
            });
            assertThat(finding.orElseThrow().level()).isEqualTo(pairs == 50 ? Level.RED : Level.GREEN);
        }
    }

    @Test
    void aLanguageOfItsOwnIsJudgedToo() {
        var finding = Logged.see(
                new LengthBias(row -> row < 100 ? "deu" : "eng"),
                1000,
                i -> pair(
                        i,
                        "p",
                        i < 100 || i % 2 == 0 ? "long answer" : "no",
                        i < 100 || i % 2 == 0 ? "no" : "long answer"));
        assertThat(finding.orElseThrow().level()).isEqualTo(Level.RED);
        assertThat(finding.orElseThrow().advice()).contains("more often in language deu");
    }

    /** 5,000 pairs: half an interval is 1.4 points wide, so that the gap decides. */
    @ParameterizedTest
    @CsvSource({"2649, GREEN", "2650, AMBER", "2749, AMBER", "2750, RED", "2250, RED", "2251, AMBER"})
    void positionCountsByTheGap(int first, Level level) {
        var finding = Logged.see(
                new Position(),
                5000,
                i -> pair(i, "p", "a", "b", new Facts(null, i < first ? "A" : "b", null, null, null, null)));
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
    }

    @Test
    void aGapThatMayBeChanceIsNone() {
        var finding = Logged.see(
                new Position(),
                100,
                i -> pair(i, "p", "a", "b", new Facts(null, i < 58 ? "1" : "2", null, null, null, null)));
        assertThat(finding.orElseThrow().rate()).isEqualTo(0.58);
        assertThat(finding.orElseThrow().level()).isEqualTo(Level.GREEN);
    }

    @Test
    void slotsCountFromZeroWhereThereIsAZero() {
        var finding = Logged.see(
                new Position(),
                100,
                i -> pair(i, "p", "a", "b", new Facts(null, i < 90 ? "1" : "0", null, null, null, null)));
        assertThat(finding.orElseThrow().rate()).isEqualTo(0.1);
    }

    /** The chosen answer has a list in so many of 1,000 pairs, the rejected one never: AUC (1000 + n) / 2000. */
    @ParameterizedTest
    @CsvSource({"299, GREEN", "300, AMBER", "599, AMBER", "600, RED"})
    void shortcutsCountByTheStrongestFeature(int lists, Level level) {
        var finding = Logged.see(
                new Shortcuts(row -> null),
                1000,
                i -> pair(i, "p", i < lists ? "Well:\n- one\n- two" : "Well: one", "Well: two"));
        assertThat(finding.orElseThrow().rate()).isEqualTo((1000 + lists) / 2000.0);
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
    }

    /** Two pairs in three begin with the same two words in the same roles. */
    @Test
    void aFirstWordIsAShortcut() {
        var finding = Logged.see(
                new Shortcuts(row -> null),
                300,
                i -> i % 3 == 0 ? pair(i, "p", "Yes a", "Yes b") : pair(i, "p", "Sure, c", "Sorry, d"));
        assertThat(finding.orElseThrow().figures()).containsEntry("strongest", "first-word");
        assertThat(finding.orElseThrow().rate()).isEqualTo(5 / 6.0);
        assertThat(finding.orElseThrow().level()).isEqualTo(Level.RED);
    }

    /** In one source of two every chosen answer has a list; among all 1,000 pairs its AUC is (1000 + pairs) / 2000. */
    @ParameterizedTest
    @CsvSource({"49, GREEN", "50, RED", "100, RED"})
    void aShortcutInOneSourceIsFoundThere(int pairs, Level level) {
        Finding finding = Logged.see(
                        new Shortcuts(row -> null),
                        1000,
                        i -> pair(
                                i,
                                "p",
                                i < pairs ? "Well:\n- one\n- two" : "Well: one",
                                "Well: two",
                                new Facts(null, null, i < pairs ? "forum" : "lab", null, null, null)))
                .orElseThrow();
        assertThat(finding.rate()).isEqualTo((1000 + pairs) / 2000.0);
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.advice().startsWith("In source forum the markdown alone"))
                .isEqualTo(level == Level.RED);
        assertThat(finding.sightings())
                .hasSize(level == Level.RED ? 20 : 0)
                .allSatisfy(sighting -> assertThat(sighting.row()).isLessThan(pairs));
    }

    /** A first word that the source's own pairs teach; in the other language the same two words say the opposite. */
    @Test
    void aFirstWordThatPointsTheOtherWayInEachLanguageIsFoundInBoth() {
        Finding finding = Logged.see(
                        new Shortcuts(row -> row % 4 < 2 ? "deu" : "eng"),
                        400,
                        i -> i % 4 < 2 ? pair(i, "p", "Gut a", "Sehr b") : pair(i, "p", "Sehr c", "Gut d"))
                .orElseThrow();
        assertThat(finding.rate()).isEqualTo(0.5);
        assertThat(finding.level()).isEqualTo(Level.RED);
        assertThat(finding.figures())
                .extractingByKey("groups")
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .containsExactly(
                        Map.of(
                                "group",
                                "language deu",
                                "rows",
                                200L,
                                "strongest",
                                "first-word",
                                "auc",
                                1.0,
                                "interval",
                                List.of(1.0, 1.0)),
                        Map.of(
                                "group",
                                "language eng",
                                "rows",
                                200L,
                                "strongest",
                                "first-word",
                                "auc",
                                1.0,
                                "interval",
                                List.of(1.0, 1.0)));
    }

    /**
     * 50 pairs of which 33 have the feature: AUC 0.83 with an interval from 0.76, amber in a group though red over all. By hand:
     * variance (33 + 17/4)/50 − 0.83² = 0.0561, so that half of the interval is 1.96 · √(0.0561/50) = 0.0657.
     */
    @Test
    void inAGroupTheLowerBoundCounts() {
        Finding finding = Logged.see(
                        new Shortcuts(row -> null),
                        5000,
                        i -> pair(
                                i,
                                "p",
                                i < 33 ? "Well:\n- one" : "Well: one",
                                "Well: two",
                                new Facts(null, null, i < 50 ? "forum" : "lab", null, null, null)))
                .orElseThrow();
        assertThat(finding.level()).isEqualTo(Level.AMBER);
    }

    /** Three pairs of a source tell their models, and always the same: too few to say anything of the source. */
    @Test
    void aFeatureThatFewPairsOfAGroupTellOfIsNotJudgedThere() {
        Finding finding = Logged.see(
                        new Shortcuts(row -> null),
                        400,
                        i -> pair(
                                i,
                                "p",
                                "Well: one",
                                "Well: two",
                                new Facts(
                                        null,
                                        null,
                                        i < 200 ? "forum" : "lab",
                                        i < 3 ? "big" : i < 100 ? "x" : null,
                                        i < 3 ? "small" : i < 100 ? "x" : null,
                                        null)))
                .orElseThrow();
        assertThat(finding.level()).isEqualTo(Level.GREEN);
    }

    @Test
    void wordsThatStandOnceTellNothing() {
        var finding = Logged.see(
                new Shortcuts(row -> null), 400, i -> pair(i, "p", "word" + i + " a", "word" + (i + 1000) + " b"));
        assertThat(finding.orElseThrow().level()).isEqualTo(Level.GREEN);
        assertThat(finding.orElseThrow().rate()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource({"49, AMBER", "499, AMBER", "500, GREEN"})
    void few(int rows, Level level) {
        var finding = Logged.see(new Few(), rows, i -> pair(i, "p", "a", "b")).orElseThrow();
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.advice().contains("into the prompt as examples")).isEqualTo(rows == 49);
    }

    /** Answers of 100 characters: five edits are alike, six are not. */
    @ParameterizedTest
    @CsvSource({"5, 1", "6, 0"})
    void answersAreIdenticalUpToFiveEditsInAHundred(int edits, int identical) {
        String answer = "abcdefghij".repeat(10);
        String changed = "X".repeat(edits) + answer.substring(edits);
        var finding = Logged.see(new IdenticalAnswers(), 1, i -> pair(i, "p", answer, changed));
        assertThat(finding.orElseThrow().count()).isEqualTo(identical);
    }

    @ParameterizedTest
    @CsvSource({"11, 0", "12, 1"})
    void shortAnswersNeedNoFullStop(int words, int cut) {
        String answer = "Yes. " + "word ".repeat(words - 2) + "word";
        var finding = Logged.see(new CutAnswers(), 1, i -> pair(i, "p", answer, "b"));
        assertThat(finding.orElseThrow().count()).isEqualTo(cut);
    }

    /** Rows in German among English ones; a quarter of the rows makes a language the log's own. */
    @ParameterizedTest
    @CsvSource({"3, GREEN", "4, AMBER", "19, AMBER", "20, RED", "49, RED", "50, GREEN"})
    void foreignRowsOfTwoHundred(int german, Level level) {
        String english = "There is a lot that you can do with this, and it is not hard if you have the time for it. "
                + "What would you like to do with the rest of the day when you are back home?";
        String foreign = "Das ist nicht schwer, wenn man genug Zeit dafür hat und weiß, womit man anfangen will. "
                + "Was möchten Sie mit dem Rest des Tages machen, wenn Sie wieder zu Hause sind?";
        var finding = Logged.see(new Language(Set.of()), 200, i -> pair(i, "p", i < german ? foreign : english, "no"));
        assertThat(finding.orElseThrow().level()).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource({"1, GREEN", "2, AMBER", "9, AMBER", "10, RED"})
    void nearDuplicatesOfTwoHundred(int copies, Level level) {
        List<LogRow> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int original = i < copies ? 199 - i : i;
            rows.add(
                    pair(i, words(original + 2000), words(original), words(original + 1000) + (i < copies ? "!" : "")));
        }
        NearDuplicates check = new NearDuplicates();
        rows.forEach(row -> check.look(row).run());
        check.again().stream().forEach(row -> check.secondPass(rows.get(row)).run());
        assertThat(check.finding().orElseThrow().count()).isEqualTo(copies);
        assertThat(check.finding().orElseThrow().level()).isEqualTo(level);
    }

    /** Words that no other seed has. */
    private static String words(int seed) {
        Random random = new Random(seed);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            out.append(Integer.toString(random.nextInt(1_000_000), 36)).append(' ');
        }
        return out.toString();
    }

    /** A pair that another annotator judged alike is no repeated row; one that the same annotator judged again is. */
    @Test
    void anotherAnnotatorsJudgementIsNoDuplicate() {
        List<String> names = List.of("ann", "bob", "ann", "cleo");
        var finding = Logged.see(
                        new ExactDuplicates(),
                        4,
                        i -> pair(i, "p", "a", "b", new Facts(names.get(i), null, null, null, null, null)))
                .orElseThrow();
        assertThat(finding.sightings()).containsExactly(Sighting.of(2, 0));
    }

    @Test
    void wantedLanguagesAreNotForeign() {
        String english =
                "The weather was fine again at last, so we went into the mountains by train and had lunch at a small inn there."
                        + " On the way back we had to hurry, because the last train leaves at six in the evening and we did not want to stay.";
        String german =
                "Gestern sind wir mit dem Zug in die Berge gefahren, weil das Wetter endlich wieder besser war. Am Nachmittag haben"
                        + " wir in einem kleinen Gasthaus gegessen und lange mit den Wirtsleuten gesprochen, die seit vielen Jahren dort leben.";
        Supplier<Finding> all = () -> Logged.see(
                        new Language(Set.of("eng", "deu")),
                        100,
                        i -> pair(i, "p", i % 10 == 0 ? german : english, "no"))
                .orElseThrow();
        assertThat(all.get().count()).isZero();
        var one = Logged.see(new Language(Set.of("deu")), 100, i -> pair(i, "p", i % 10 == 0 ? german : english, "no"))
                .orElseThrow();
        assertThat(one.count()).isEqualTo(90);
        assertThat(one.level()).isEqualTo(Level.RED);
    }

    @ParameterizedTest
    @CsvSource({"de, deu", "DE, deu", "deu, deu", "zh, cmn", "zho, cmn", "no, nob", "et, ekk", "ar, ara"})
    void languagesGoByTwoLettersOrThree(String given, String code) {
        assertThat(DetectedLanguage.codes(given)).contains(code);
        assertThat(DetectedLanguage.codes("xx")).isEmpty();
    }

    @Test
    void marginsBelowZeroAndEmptyPromptsAreFound() {
        double[] margins = {1, 0, -0.5, 2};
        var negative = Logged.see(OddRows.negativeMargins(), 4, i -> pair(i, "p", "a" + i, "b", margins[i]))
                .orElseThrow();
        assertThat(negative.sightings()).containsExactly(Sighting.of(2));
        assertThat(negative.level()).isEqualTo(Level.RED);
        assertThat(Logged.see(OddRows.negativeMargins(), 4, i -> pair(i, "p", "a", "b")))
                .isEmpty();
        var empty = Logged.see(OddRows.emptyPrompts(), 200, i -> pair(i, i == 7 ? " \n" : "p", "a", "b"))
                .orElseThrow();
        assertThat(empty.sightings()).containsExactly(Sighting.of(7));
        assertThat(empty.level()).isEqualTo(Level.AMBER);
    }
}
