package org.align4j.dpo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.paired.ApoDown;
import org.align4j.dpo.loss.paired.ApoZero;
import org.align4j.dpo.loss.paired.BcoPair;
import org.align4j.dpo.loss.paired.Dpop;
import org.align4j.dpo.loss.paired.Hinge;
import org.align4j.dpo.loss.paired.IpoSum;
import org.align4j.dpo.loss.paired.NcaPair;
import org.align4j.dpo.loss.paired.Rdpo;
import org.align4j.dpo.loss.paired.Sft;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.align4j.dpo.loss.paired.SppoHard;
import org.junit.jupiter.api.Test;

/** docs/choosing.md names every loss, and the reasons that it gives are what the losses do. */
class ChoosingPageTest {
    private static final double BETA = 0.1;
    private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)` \\| .*");

    /** A chosen answer of two tokens and a rejected one of one, with the log-ratios a and b. */
    private static double[] pull(PairLoss loss, double a, double b) {
        BatchScores pair =
                Columns.batch(new double[][][] {{{-3 + a, -4}}, {{-5 + b}}}, new double[][][] {{{-3, -4}}, {{-5}}});
        BatchLoss judged = PreferenceObjective.of(loss).evaluate(pair, LossState.initial(1));
        return new double[] {-Columns.gradients(judged, 0)[0][0], -Columns.gradients(judged, 1)[0][0]};
    }

    @Test
    void everyLossHasOneRow() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("..", "docs", "choosing.md"))) {
            List<String> named = lines.map(ROW::matcher)
                    .filter(row -> row.matches())
                    .map(row -> row.group(1))
                    .toList();
            assertThat(named)
                    .containsExactlyInAnyOrderElementsOf(
                            LossCatalogue.listed().stream().map(LossKind::name).toList());
        }
    }

    @Test
    void aTargetEndsThePull() {
        assertThat(pull(new Hinge(BETA), 7, -3.1)).containsOnly(new double[] {0}, within(1e-12));
        assertThat(pull(new Hinge(BETA), 6, -3)[0]).isPositive();
        assertThat(pull(new IpoSum(BETA), 3, -2)).containsOnly(new double[] {0}, within(1e-12));
        assertThat(pull(new IpoSum(BETA), 4, -2)[0]).isNegative();
        assertThat(pull(new SppoHard(BETA), 5, -5)).containsOnly(new double[] {0}, within(1e-12));
        assertThat(pull(new NcaPair(BETA), Math.log(2) / BETA, -1)[0]).isCloseTo(0, within(1e-12));
    }

    @Test
    void chosenAndRejectedArePulledAsThePageSays() {
        assertThat(pull(new NcaPair(BETA), 0, 0)[0]).isPositive();
        assertThat(pull(new NcaPair(BETA), 0, 0)[1]).isNegative();
        assertThat(pull(new BcoPair(BETA), 2, -9)[0]).isEqualTo(pull(new BcoPair(BETA), 2, 4)[0]);
        assertThat(pull(new ApoZero(BETA), 1, -1)[0]).isPositive();
        assertThat(pull(new ApoZero(BETA), 1, -1)[1]).isNegative();
        double[] down = pull(new ApoDown(BETA), -1, -5);
        assertThat(down[0]).isNegative();
        assertThat(down[1]).isLessThan(down[0]);
        assertThat(pull(new Sft(BETA), 0, 0)[0]).isPositive();
        assertThat(pull(new Sft(BETA), 0, 0)[1]).isZero();
    }

    @Test
    void whatFallsIsHeldAndWhatIsLongerTeachesLess() {
        double plain = pull(new Sigmoid(BETA, 0), -1, -2)[0];
        assertThat(pull(new Dpop(BETA, 50), -1, -2)[0]).isGreaterThan(10 * plain);
        assertThat(pull(new Dpop(BETA, 50), 1, 0)[0]).isCloseTo(plain, within(1e-12));
        assertThat(pull(new Rdpo(BETA, 0.5), -1, -2)[0]).isLessThan(plain).isPositive();
    }
}
