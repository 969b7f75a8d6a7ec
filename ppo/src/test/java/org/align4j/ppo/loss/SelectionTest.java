package org.align4j.ppo.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.align4j.core.reference.Comparisons;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.junit.jupiter.api.Test;

/** Responses and tokens that are left out: by hand, and as TRL 1.16 leaves them out ({@code selection/gen_selection.py}). */
class SelectionTest {
    private static final double TOLERANCE = 1e-9;

    /** Entropies 0.1 to 1.0 of ten tokens: the quantile 0.8 lies between 0.8 and 0.9, so that two are above it. Two more don't count. */
    @Test
    void theTokensOfHighestEntropyByHand() {
        double[][] entropies = {{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, {0.7, 0.8, 0.9, 1.0, 1.1, 1.2}};
        double[][] counted = {{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 0, 0}};
        assertThat(TokenMasks.highest(entropies, counted, 0.2))
                .isDeepEqualTo(new double[][] {{0, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 0, 0}});
        assertThat(TokenMasks.highest(entropies, counted, 1)).isDeepEqualTo(counted);
        assertThat(TokenMasks.counted(counted)).isEqualTo(10);
    }

    /** The policy finds each token a nat less likely than the one that wrote them: 1 is above 0.5, and at 1 it isn't. */
    @Test
    void aBadResponseThatWasLeftTeachesNothing() {
        double[][] old = {{-1, -1}};
        double[][] now = {{-2, -2}};
        assertThat(gradient(0.5, -1, now, old)).containsOnly(0);
        assertThat(gradient(1, -1, now, old)).doesNotContain(0);
        assertThat(gradient(0.5, 1, now, old)).doesNotContain(0);
        assertThat(gradient(0.5, -1, old, now)).doesNotContain(0);
    }

    private static double[] gradient(double most, double advantage, double[][] now, double[][] old) {
        Surrogate all = tokens -> tokens.ratio().times(tokens.advantages()).negate();
        PolicyLoss loss =
                new PolicyLoss(RatioLevel.TOKEN, new SequenceMask(all, most), ReferencePenalty.NONE, Averaging.TOKENS);
        return loss.evaluate(new Rollouts(now, old, new double[][] {{advantage, advantage}}, null))
                .gradients()[0];
    }

    /**
     * Three tokens count; the second response's two don't, though they moved furthest. Ratios e, 1 and 1/e: their sum is e + 1 + 1/e, half
     * their squared logs add up to 1, and a clip of 0.2 holds the first, with its positive advantage, and the third, with its negative one.
     */
    @Test
    void figuresAreOfTheTokensThatCount() {
        double[][] old = {{-2, -2}, {-5, -5}, {-1}};
        double[][] now = {{-1, -2}, {-1, -9}, {-2}};
        double[][] counted = {{1, 1}, {0, 0}, {1}};
        Rollouts rollouts =
                new Rollouts(now, old, new double[][] {{1, 1}, {1, -1}, {-1}}, old, new TokenMasks(counted, counted));
        PolicyLoss loss = new PolicyLoss(RatioLevel.TOKEN, Clip.of(0.2), ReferencePenalty.NONE, Averaging.TOKENS);
        PolicyResult all = loss.evaluate(rollouts, new Averaging.Totals(3, 3));
        PolicyResult result = all.counted(rollouts.masks());
        assertThat(result.tokens()).isEqualTo(3);
        assertThat(result.ratioSum()).isCloseTo(Math.E + 1 + 1 / Math.E, within(TOLERANCE));
        assertThat(result.approximateKlSum()).isCloseTo(1, within(TOLERANCE));
        PolicyResult.ClippedTokens clipped = loss.clipped(rollouts.counted(), result);
        assertThat(clipped.low()).isEqualTo(1);
        assertThat(clipped.high()).isEqualTo(1);
        assertThat(all.counted(null).tokens()).isEqualTo(5);
        assertThat(all.counted(null).approximateKlSum()).isCloseTo(17, within(TOLERANCE));
    }

    private static JsonNode resource(String name) throws IOException {
        try (InputStream in = SelectionTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, name));
        }
    }

    @Test
    void trlLeavesOutTheSame() throws IOException {
        JsonNode inputs = resource("/reference/losses/grpo.json");
        JsonNode cases = resource("/selection/selection.json").get("cases");
        assertThat(cases).hasSize(11);
        for (JsonNode one : cases) {
            int[] lengths = Comparisons.ints(inputs.get("completion_len"));
            double[][] counted = counted(one, lengths);
            double share = one.path("top_entropy").asDouble(1);
            double[][] acting = TokenMasks.highest(cut(inputs.get("entropies"), lengths), counted, share);
            Rollouts rollouts = new Rollouts(
                    cut(inputs.get("new_logps"), lengths),
                    cut(inputs.get("old_logps"), lengths),
                    GroupBaseline.perToken(
                            Comparisons.doubles(inputs.get("advantages").get("group")), lengths),
                    cut(inputs.get("ref_logps"), lengths),
                    new TokenMasks(counted, acting));
            Averaging.Totals totals = new Averaging.Totals(lengths.length, TokenMasks.counted(counted));
            PolicyResult result = loss(one, inputs).evaluate(rollouts, totals);
            assertThat(result.loss())
                    .as(one.get("name").asText())
                    .isCloseTo(one.get("loss").asDouble(), within(TOLERANCE));
            double[][] expected = cut(one.get("gradients"), lengths);
            for (int i = 0; i < lengths.length; i++) {
                assertThat(result.gradients()[i])
                        .as("%s, %d", one.get("name").asText(), i)
                        .containsExactly(expected[i], within(TOLERANCE));
            }
        }
    }

    private static double[][] counted(JsonNode one, int[] lengths) {
        double[][] counted = new double[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            counted[i] = new double[lengths[i]];
            int row = i;
            boolean cut = StreamSupport.stream(one.path("truncated").spliterator(), false)
                    .anyMatch(truncated -> truncated.asInt() == row);
            Arrays.fill(counted[i], cut ? 0 : 1);
        }
        return counted;
    }

    private static PolicyLoss loss(JsonNode one, JsonNode inputs) {
        String type = one.get("loss_type").asText();
        Surrogate surrogate =
                type.equals("cispo") ? new Cispo(one.get("eps_high").asDouble()) : Clip.of(0.2);
        return new PolicyLoss(
                one.path("level").asText().equals("sequence") ? RatioLevel.SEQUENCE_MEAN : RatioLevel.TOKEN,
                one.has("max_kl")
                        ? new SequenceMask(surrogate, one.get("max_kl").asDouble())
                        : surrogate,
                new ReferencePenalty(one.path("beta").asDouble(), false),
                switch (type) {
                    case "grpo" -> Averaging.RESPONSES;
                    case "dr_grpo" ->
                        Averaging.longest(inputs.get("max_completion_length").asInt());
                    case "luspo" -> Averaging.RESPONSE_SUMS;
                    default -> Averaging.TOKENS;
                });
    }

    private static double[][] cut(JsonNode padded, int[] lengths) {
        double[][] rows = Comparisons.rows(padded);
        return IntStream.range(0, rows.length)
                .mapToObj(i -> Arrays.copyOf(rows[i], lengths[i]))
                .toArray(double[][]::new);
    }
}
