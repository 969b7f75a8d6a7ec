package org.align4j.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.LoraSettings.ModelPart;
import org.align4j.core.loop.LossResult;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss;
import org.align4j.core.loop.TokenLoss.Drawn;
import org.align4j.core.loop.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The log-probability of a token that was drawn, that reading the text gives, and that a loss is computed from are one number, so that the
 * ratios of a first update are 1 to the bit. The adapter has a pair on the head, which is the lookup's matrix.
 */
class ExactVerbsTest {
    private static final Path MODEL = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
    private static final LoraSettings EVERYWHERE =
            LoraSettings.usual().withRank(4).on(EnumSet.allOf(ModelPart.class));
    private static final double RATE = 3e-3;

    private static List<TokenSequence> texts(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> TokenSequence.ofAnswer(
                        random.ints(3 + 9 * i, 4, 1536).toArray(),
                        random.ints(5 + 11 * i, 4, 1536).toArray()))
                .toList();
    }

    private static LanguageModel open(String dtype) {
        return Align4j.model(MODEL).device("cpu").dtype(dtype).threads(1).open();
    }

    private static List<TokenDatum<Drawn>> data(List<TokenSequence> texts, double[][][] logProbs) {
        return IntStream.range(0, texts.size())
                .mapToObj(i -> {
                    double[] own = IntStream.range(0, logProbs[i].length)
                            .flatMap(t -> IntStream.of(t).limit(logProbs[i][t].length))
                            .mapToDouble(t -> logProbs[i][t][0])
                            .toArray();
                    return new TokenDatum<>(texts.get(i), Drawn.each(texts.get(i), own, i % 2 == 0 ? 1 : -0.5));
                })
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void ratiosOfAFirstUpdateAreOne(String dtype) {
        TokenLoss<Drawn> loss = new TokenLoss.ImportanceSampling();
        try (LanguageModel model = open(dtype);
                AdaptedModel policy = model.adapt(EVERYWHERE)) {
            List<TokenSequence> texts = texts(1, 7);
            for (int step = 0; step < 2; step++) {
                double[][][] read = policy.read(texts);
                LossResult result = policy.forwardBackward(data(texts, read), loss, read);
                double expected = IntStream.range(0, texts.size())
                        .mapToDouble(
                                i -> -(i % 2 == 0 ? 1 : -0.5) * texts.get(i).scored())
                        .sum();
                assertThat(result.loss()).isEqualTo(expected);
                assertThat(result.scores().logProbs()).isDeepEqualTo(read);
                assertThat(policy.readsExactly()).isTrue();
                assertThat(policy.gradientNorm()).isPositive();
                policy.step(RATE);
            }
            assertThatThrownBy(() -> policy.forwardBackward(data(texts, policy.read(texts)), loss, new double[1][][]))
                    .hasMessageContaining("sequences");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void readingFollowsTheSteps(String dtype) {
        try (LanguageModel model = open(dtype);
                AdaptedModel policy = model.adapt(EVERYWHERE)) {
            List<TokenSequence> texts = texts(2, 4);
            double[][][] first = policy.scoreSequences(texts).logProbs();
            policy.forwardBackward(data(texts, first), new TokenLoss.ImportanceSampling());
            policy.step(1e-2);
            for (int step = 0; step < 3; step++) {
                double[][][] read = policy.read(texts);
                double[][][] forward = policy.scoreSequences(texts).logProbs();
                for (int i = 0; i < read.length; i++) {
                    for (int t = 0; t < read[i].length; t++) {
                        assertThat(read[i][t])
                                .as("step %d, text %d, token %d", step, i, t)
                                .containsExactly(forward[i][t], within(dtype.equals("fp32") ? 1e-4 : 0.5));
                    }
                }
                policy.forwardBackward(data(texts, read), new TokenLoss.ImportanceSampling());
                policy.step(1e-2);
            }
        }
    }
}
