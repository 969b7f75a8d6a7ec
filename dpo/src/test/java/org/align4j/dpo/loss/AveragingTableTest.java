package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.paired.Orpo;
import org.junit.jupiter.api.Test;

/** The table of averages in docs/losses.md says what the losses do with numbers. */
class AveragingTableTest {
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| `([a-z_]+)`((?: `--orpo-likelihood answer`)?) \\| (sum|mean) \\| ([^|]+) \\| [^|]+ \\| [^|]+ \\|$");
    private static final double SAME = 1e-12;
    private static final int ROWS = 3;

    /** Policy's and reference's log-probabilities of two, five and three chosen tokens, and of four, one and two rejected ones. */
    private static final double[][] CHOSEN = {{-1.1, -0.4}, {-0.7, -2.3, -0.2, -1.9, -0.5}, {-1.3, -0.6, -0.9}};

    private static final double[][] CHOSEN_BEFORE = {{-1.4, -0.3}, {-0.9, -2.1, -0.8, -1.2, -0.1}, {-1.1, -0.2, -0.4}};
    private static final double[][] REJECTED = {{-0.3, -1.7, -0.8, -0.25}, {-2.9}, {-0.15, -1.45}};
    private static final double[][] REJECTED_BEFORE = {{-0.2, -1.1, -0.3, -0.85}, {-2.2}, {-0.95, -1.75}};
    private static final double[][] PROMPTS = {{-3.1}, {-2.2, -0.9, -1.4}, {-0.55, -4.1}};

    /** A row, or that row with the first token of each answer cut into two that together are as likely. */
    private static RowScores row(PreferenceLoss loss, int row, boolean cut) {
        double[][] policy = {tokens(CHOSEN[row], cut), tokens(REJECTED[row], cut)};
        double[][] reference = {tokens(CHOSEN_BEFORE[row], cut), tokens(REJECTED_BEFORE[row], cut)};
        return loss instanceof UnpairedLoss
                ? RowScores.of(new double[][] {policy[0]}, new double[][] {reference[0]})
                        .judged(row != 1)
                : RowScores.of(policy, reference)
                        .withPrompt(PROMPTS[row])
                        .withSequenceKl(new double[] {0.2 + row, 0.5 * row});
    }

    private static double[] tokens(double[] whole, boolean cut) {
        if (!cut) {
            return whole;
        }
        double[] tokens = new double[whole.length + 1];
        System.arraycopy(whole, 0, tokens, 1, whole.length);
        tokens[0] = whole[0] / 2;
        tokens[1] = whole[0] / 2;
        return tokens;
    }

    private static double loss(PreferenceLoss loss, boolean cut, int... places) {
        BatchScores batch = new BatchScores(
                Arrays.stream(places).mapToObj(row -> row(loss, row, cut)).toList());
        PreferenceObjective objective = PreferenceObjective.of(loss);
        LossState before = LossState.initial(3);
        return objective
                .evaluate(batch, objective.remembers() ? objective.advance(batch, before) : before)
                .loss();
    }

    private static String withinAnAnswer(PreferenceLoss loss) {
        return Math.abs(loss(loss, false, 0, 1, 2) - loss(loss, true, 0, 1, 2)) < SAME ? "sum" : "mean";
    }

    private static String overTheBatch(PreferenceLoss loss) {
        double whole = loss(loss, false, 0, 1, 2);
        double[] alone = IntStream.range(0, ROWS)
                .mapToDouble(row -> loss(loss, false, row))
                .toArray();
        double byToken = 0;
        int tokens = 0;
        for (int row = 0; row < ROWS; row++) {
            byToken += alone[row] * CHOSEN[row].length;
            tokens += CHOSEN[row].length;
        }
        if (loss.has(Trait.NEEDS_MISMATCHED_ROWS)) {
            return "whole batch";
        }
        if (Math.abs(whole - Arrays.stream(alone).average().orElseThrow()) < SAME) {
            return loss instanceof UnpairedLoss ? "answers" : "pairs";
        }
        if (Math.abs(whole - byToken / tokens) < SAME) {
            return "tokens";
        }
        return loss.has(Trait.IMITATES_CHOSEN) ? "pairs; likelihood: tokens" : "whole batch";
    }

    @Test
    void theTableIsTrue() throws IOException {
        Map<String, PreferenceLoss> losses = new LinkedHashMap<>();
        for (LossKind kind : LossCatalogue.listed()) {
            losses.put(kind.name(), kind.usual());
            if (kind.usual() instanceof Orpo) {
                losses.put("orpo `--orpo-likelihood answer`", new Orpo(0.1, 1, Orpo.Likelihood.ANSWER));
            }
        }
        List<String> expected = new ArrayList<>();
        losses.forEach((name, loss) -> expected.add(name + ": " + withinAnAnswer(loss) + ", " + overTheBatch(loss)));
        List<String> told = ROW.matcher(Files.readString(Path.of("..", "docs", "losses.md")))
                .results()
                .map(row -> row.group(1) + row.group(2) + ": " + row.group(3) + ", " + row.group(4))
                .toList();
        assertThat(told).isEqualTo(expected);
    }
}
