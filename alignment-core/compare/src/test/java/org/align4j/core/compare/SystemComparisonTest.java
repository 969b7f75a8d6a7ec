package org.align4j.core.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.align4j.core.compare.ComparisonResult.JudgeResult;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.compare.judge.FirstShown;
import org.align4j.core.compare.judge.LongerWins;
import org.align4j.core.compare.judge.PairJudge;
import org.align4j.core.compare.judge.PairJudge.Choice;
import org.align4j.core.compare.judge.PairJudge.Presented;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Comparisons as a Java program makes them, and laws that hold for every judge. */
class SystemComparisonTest {
    @TempDir
    Path folder;

    private SystemAnswers one;
    private SystemAnswers other;

    @BeforeEach
    void answer() throws IOException {
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            for (int sample = 0; sample < 2; sample++) {
                first.add("{\"prompt\": \"p" + i + "\", \"answer\": \"" + "a".repeat(5 + i % 3) + "\"}");
                second.add(
                        "{\"prompt\": \"p" + i + "\", \"answer\": \"" + "b".repeat(4 + (i * 7 + sample) % 5) + "\"}");
            }
        }
        one = SystemAnswers.read(Files.write(folder.resolve("one.jsonl"), first), null);
        other = SystemAnswers.read(Files.write(folder.resolve("other.jsonl"), second), null);
    }

    /** Sees which answer is longer, whatever the order. */
    private static final class LongerShown implements PairJudge {
        @Override
        public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
            return presented.stream()
                    .map(each -> each.a().length() > each.b().length()
                            ? Choice.A
                            : each.a().length() < each.b().length() ? Choice.B : Choice.TIE)
                    .toList();
        }
    }

    private static ComparisonResult compare(SystemAnswers first, SystemAnswers second) {
        return new SystemComparison(MatchedAnswers.of(List.of(first, second), null), ComparisonRules.USUAL)
                .judge("score", LongerWins::new)
                .judge("pair", LongerShown::new)
                .judge("place", FirstShown::new)
                .run(TrainingLog.SILENT);
    }

    /** A win rate by another judge, or against another system, is another figure. */
    @Test
    void winRatesOfTwoJudgesAreRefused() {
        SystemComparison comparison = new SystemComparison(
                        MatchedAnswers.of(List.of(one, other), null), ComparisonRules.USUAL)
                .judge("score", LongerWins::new)
                .judge("pair", LongerShown::new);
        ComparisonResult result = comparison.run(TrainingLog.SILENT);
        ScaledFigure score = comparison.winRates().get(0);
        ScaledFigure pair = comparison.winRates().get(1);
        assertThat(score.mean()).isCloseTo(result.judges().get(0).wins().rate(), within(1e-12));
        assertThatThrownBy(() -> score.compare(pair))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("win_rate of other can't be compared with that of other: judge differs");
        assertThat(score.compare(score)).isZero();
    }

    @Test
    void swappedSystemsWinTheRestOfTheTime() {
        ComparisonResult forward = compare(one, other);
        ComparisonResult backward = compare(other, one);
        for (int judge = 0; judge < 3; judge++) {
            assertThat(forward.judges().get(judge).wins().rate()
                            + backward.judges().get(judge).wins().rate())
                    .isEqualTo(1);
        }
    }

    /** Two samples a prompt: forty matches on twenty prompts. A judge that scores and one that reads both see alike. */
    @Test
    void aPairJudgeThatSeesTheScoresSaysTheSame() {
        ComparisonResult result = compare(one, other);
        JudgeResult score = result.judges().get(0);
        JudgeResult pair = result.judges().get(1);
        assertThat(score.wins()).isEqualTo(pair.wins());
        assertThat(score.wins().comparisons()).isEqualTo(40);
        assertThat(score.wins().prompts()).isEqualTo(20);
        assertThat(pair.positionConsistency()).isEqualTo(1);
        assertThat(score.positionConsistency()).isNull();
        assertThat(result.agreement().get(0).figures().value()).isEqualTo(1);
        assertThat(result.agreement().get(0).figures().agreed()).isEqualTo(1);
    }

    /** Prefers silence. */
    private static final class ShorterShown implements PairJudge {
        @Override
        public List<Choice> choose(List<Presented> presented, IntConsumer progress) {
            return presented.stream()
                    .map(each -> each.a().length() < each.b().length() ? Choice.A : Choice.B)
                    .toList();
        }
    }

    private SystemAnswers silent(int empty) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            for (int sample = 0; sample < 2; sample++) {
                String answer = 2 * i + sample < empty ? "" : "b";
                lines.add("{\"prompt\": \"p" + i + "\", \"answer\": \"" + answer + "\"}");
            }
        }
        return SystemAnswers.read(Files.write(folder.resolve("silent" + empty + ".jsonl"), lines), null);
    }

    /** Whatever a judge likes: of 40 answers that win, 30 are empty; then 4 are. */
    @Test
    void aSilentSystemIsNotBetter() throws IOException {
        for (int empty : new int[] {30, 4}) {
            ComparisonResult result = new SystemComparison(
                            MatchedAnswers.of(List.of(one, silent(empty)), null), ComparisonRules.USUAL)
                    .judge("short", ShorterShown::new)
                    .run(TrainingLog.SILENT);
            assertThat(result.systems().get(1).empty()).isEqualTo(empty / 40.0);
            assertThat(result.sentences().get(0))
                    .contains(
                            empty == 30
                                    ? "isn't known: of silent30 30 of 40 answers are empty (75.0 %, 95 % interval"
                                    : "is better than one")
                    .contains(empty + " of 40 answers");
            assertThat(result.sentences()).anyMatch(each -> each.startsWith("Warning: of 40 answers of silent"));
        }
    }

    @Test
    void oneSystemOrNoJudgeIsRefused() {
        MatchedAnswers alone = MatchedAnswers.of(List.of(one), null);
        assertThatThrownBy(() -> new SystemComparison(alone, ComparisonRules.USUAL))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("two or more");
        MatchedAnswers both = MatchedAnswers.of(List.of(one, other), null);
        assertThatThrownBy(() -> new SystemComparison(both, ComparisonRules.USUAL).run(TrainingLog.SILENT))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("No judge");
    }

    /** A face is two units of UTF-16, but one character. */
    @Test
    void anAnswersLengthIsInCharacters() {
        assertThat(JudgeRecord.length("a\ud83d\ude00b")).isEqualTo(3);
    }
}
