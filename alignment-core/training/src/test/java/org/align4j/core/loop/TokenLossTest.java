package org.align4j.core.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.TokenLoss.Cispo;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Drawn;
import org.align4j.core.loop.TokenLoss.DrawnSequence;
import org.align4j.core.loop.TokenLoss.Dro;
import org.align4j.core.loop.TokenLoss.Gspo;
import org.align4j.core.loop.TokenLoss.ImportanceSampling;
import org.align4j.core.loop.TokenLoss.Inputs;
import org.align4j.core.loop.TokenLoss.Ppo;
import org.align4j.core.loop.TokenLoss.Value;
import org.align4j.core.loop.TokenLoss.Weights;
import org.junit.jupiter.api.Test;

/** Losses on tokens beside torch's (reference/losses/token_losses.py, double precision), by hand and by finite differences. */
class TokenLossTest {
    private static final double TOLERANCE = 1e-9;

    @Test
    void lossesAndGradientsAreTorchs() throws IOException {
        int compared = 0;
        for (JsonNode data : golden()) {
            double[][] p = matrix(data.get("p"));
            Weights weights = new Weights(matrix(data.get("weights")));
            Drawn drawn = new Drawn(matrix(data.get("q")), matrix(data.get("a")));
            DrawnSequence sequence = new DrawnSequence(drawn, matrix(data.get("mask")));
            JsonNode losses = data.get("losses");
            compare(new CrossEntropy().evaluate(p, weights), losses.get("cross_entropy"));
            compare(new ImportanceSampling().evaluate(p, drawn), losses.get("importance_sampling"));
            compare(new Ppo(0.8, 1.2).evaluate(p, drawn), losses.get("ppo"));
            compare(new Ppo(0.95, 1.02).evaluate(p, drawn), losses.get("ppo_narrow"));
            compare(new Cispo(0.8, 1.2).evaluate(p, drawn), losses.get("cispo"));
            compare(new Dro(0.05).evaluate(p, drawn), losses.get("dro"));
            compare(new Gspo(0.8, 1.2).evaluate(p, sequence), losses.get("gspo"));
            compare(new Gspo(0.99, 1.01).evaluate(p, sequence), losses.get("gspo_narrow"));
            compared += losses.size();
        }
        assertThat(compared).isEqualTo(32);
    }

    private static JsonNode golden() throws IOException {
        try (InputStream file = TokenLossTest.class.getResourceAsStream("/reference/losses/token_losses.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(file));
        }
    }

    private static double[][] matrix(JsonNode rows) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> StreamSupport.stream(row.spliterator(), false)
                        .mapToDouble(JsonNode::asDouble)
                        .toArray())
                .toArray(double[][]::new);
    }

    private static void compare(Value ours, JsonNode torch) {
        assertThat(ours.loss()).isCloseTo(torch.get("loss").asDouble(), within(TOLERANCE));
        double[][] gradient = matrix(torch.get("gradient"));
        for (int t = 0; t < gradient.length; t++) {
            assertThat(ours.derivatives()[t]).containsExactly(gradient[t], within(TOLERANCE));
        }
    }

    /** The losses whose derivative is that of their value: cispo and gspo hold a factor fixed. */
    @Test
    void derivativesAreThoseOfTheLoss() {
        Random random = new Random(1);
        double[][] p = numbers(random, -2, 1);
        Drawn drawn = new Drawn(numbers(random, -2, 1), numbers(random, 0, 1));
        differences(new CrossEntropy(), p, new Weights(numbers(random, 0, 2)));
        differences(new ImportanceSampling(), p, drawn);
        differences(new Ppo(0.5, 1.5), p, drawn);
        differences(new Dro(0.3), p, drawn);
    }

    private static double[][] numbers(Random random, double mean, double deviation) {
        double[][] numbers = new double[9][2];
        for (double[] row : numbers) {
            row[0] = mean + deviation * random.nextGaussian();
            row[1] = mean + deviation * random.nextGaussian();
        }
        return numbers;
    }

    private static <I extends Inputs> void differences(TokenLoss<I> loss, double[][] p, I inputs) {
        double step = 1e-5;
        Value value = loss.evaluate(p, inputs);
        for (int t = 0; t < p.length; t++) {
            for (int k = 0; k < p[t].length; k++) {
                double kept = p[t][k];
                p[t][k] = kept + step;
                double above = loss.evaluate(p, inputs).loss();
                p[t][k] = kept - step;
                double below = loss.evaluate(p, inputs).loss();
                p[t][k] = kept;
                assertThat(value.derivatives()[t][k]).isCloseTo((above - below) / (2 * step), within(1e-4));
            }
        }
    }

    /**
     * p − q of ln 2, −ln 2 and 0 is r of 2, ½ and 1. With advantages 1, 1, −1 and bounds 0.8 and 1.2 PPO takes 1.2, ½ and −1, so that the
     * loss is −0.7; the first is clipped.
     */
    @Test
    void ratiosAndClipsAreCounted() {
        double ln2 = Math.log(2);
        double[][] p = {{-1}, {-1}, {-1}, {-5}};
        Drawn drawn =
                new Drawn(new double[][] {{-1 - ln2}, {-1 + ln2}, {-1}, {0}}, new double[][] {{1}, {1}, {-1}, {0}});
        Value value = new Ppo(0.8, 1.2).evaluate(p, drawn);
        assertThat(value.loss()).isCloseTo(-0.7, within(1e-12));
        assertThat(value.derivatives()[0][0]).isZero();
        assertThat(value.derivatives()[1][0]).isCloseTo(-0.5, within(1e-12));
        assertThat(value.derivatives()[2][0]).isCloseTo(1, within(1e-12));
        assertThat(value.derivatives()[3][0]).isZero();
        assertThat(value.figures().tokens()).isEqualTo(3);
        TokenLoss.Ratios ratios = Objects.requireNonNull(value.figures().ratios());
        assertThat(ratios.sum()).isCloseTo(3.5, within(1e-12));
        assertThat(ratios.least()).isCloseTo(0.5, within(1e-12));
        assertThat(ratios.largest()).isCloseTo(2, within(1e-12));
        assertThat(ratios.clipped()).isEqualTo(1);
        assertThat(ratios.divergence()).isCloseTo(0, within(1e-12));
        assertThat(value.figures().plus(value.figures()).loss()).isCloseTo(-1.4, within(1e-12));
    }

    /** A target that has no advantage has no part, however far apart its log-probabilities are. */
    @Test
    void whatIsNotFiniteIsRefused() {
        double[][] p = {{-1}, {-1}};
        Drawn far = new Drawn(new double[][] {{-1}, {-800}}, new double[][] {{1}, {0}});
        assertThat(new ImportanceSampling().evaluate(p, far).loss()).isEqualTo(-1);
        Drawn both = new Drawn(new double[][] {{-1}, {-800}}, new double[][] {{1}, {1}});
        assertThatThrownBy(() -> new ImportanceSampling().evaluate(p, both))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("position 1", "Infinity", "finite");
        TokenSequence sequence = TokenSequence.of(new int[] {1, 2}, new int[] {2, 3});
        assertThatThrownBy(() -> new TokenDatum<>(sequence, new Weights(new double[][] {{1}, {Double.NaN}})))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("weights", "NaN", "position 1");
        assertThatThrownBy(() -> new TokenDatum<>(sequence, new Weights(new double[][] {{1}, {1e300}})))
                .hasMessageContainingAll("weights", "finite");
        assertThatThrownBy(() -> new TokenDatum<>(sequence, new Weights(new double[][] {{1}})))
                .hasMessageContainingAll("weights", "1 positions", "2");
        assertThatThrownBy(() -> new TokenDatum<>(sequence, new DrawnSequence(both, new double[][] {{0}, {0}})))
                .hasMessageContaining("sequence_ratio_mask is 0 everywhere");
        assertThatThrownBy(() -> new Ppo(1.2, 0.8)).hasMessageContainingAll("1.2", "0.8");
        assertThatThrownBy(() -> new Dro(-1)).hasMessageContaining("beta is -1.0");
    }

    @Test
    void sequencesAreCheckedWhereTheyAreMade() {
        assertThat(TokenSequence.ofText(5, 6, 7).input()).containsExactly(5, 6);
        assertThat(TokenSequence.ofText(5, 6, 7).targets()).isDeepEqualTo(new int[][] {{6}, {7}});
        TokenSequence answer = TokenSequence.ofAnswer(new int[] {5, 6}, 7, 8);
        assertThat(answer.input()).containsExactly(5, 6, 7);
        assertThat(answer.targets()).isDeepEqualTo(new int[][] {{}, {7}, {8}});
        assertThat(answer.scored()).isEqualTo(2);
        assertThatThrownBy(() -> TokenSequence.ofText(5)).hasMessageContaining("at least one of each");
        assertThatThrownBy(() -> TokenSequence.of(new int[0], new int[0])).hasMessageContaining("no token");
        assertThatThrownBy(() -> TokenSequence.of(new int[] {1}, new int[] {1, 2}))
                .hasMessageContaining("2 positions");
        assertThatThrownBy(() -> new TokenSequence(new int[] {1, 2}, new int[][] {{1}, {1, 2}}))
                .hasMessageContaining("Position 0 has 1 targets but others have 2");
    }

    @Test
    void numbersOfAStepAreChecked() {
        assertThatThrownBy(() -> new AdamSettings(1e-3, 1, 0.999, 1e-8, 0, 0)).hasMessageContaining("beta1 is 1.0");
        assertThatThrownBy(() -> new AdamSettings(Double.NaN, 0.9, 0.999, 1e-8, 0, 0))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new AdamSettings(1e-3, 0.9, 0.999, 0, 0, 0)).hasMessageContaining("epsilon is 0.0");
        assertThatThrownBy(() -> new AdamSettings(1e-3, 0.9, 0.999, 1e-8, -1, 0))
                .hasMessageContaining("weight decay");
        assertThatThrownBy(() -> new AdamSettings(1e-3, 0.9, 0.999, 1e-8, 0, Double.POSITIVE_INFINITY))
                .hasMessageContaining("clip norm");
        assertThat(AdamSettings.usual(1).gradientScale(4)).isCloseTo(0.25, within(1e-6));
        assertThat(new AdamSettings(1, 0.9, 0.999, 1e-8, 0, 0).gradientScale(4)).isEqualTo(1);
    }
}
