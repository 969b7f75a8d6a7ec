package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.AdaptedModel;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Preferences;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.data.PairTokens;
import org.align4j.core.loop.AdamSettings;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.loop.TokenDatum;
import org.align4j.core.loop.TokenLoss.CrossEntropy;
import org.align4j.core.loop.TokenLoss.Weights;
import org.align4j.core.loop.TokenSequence;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * DPO as a client of token sequences does it, with a loss of its own: a forward, the loss's derivatives by the log-probabilities, and a
 * cross-entropy with the opposite derivatives as weights.
 */
class SequenceLoopTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final double BETA = 0.5;
    private static final int STEPS = 20;
    private static final int BATCH = 8;
    private static final AdamSettings ADAM = AdamSettings.usual(1e-3);

    @TempDir
    Path folder;

    /**
     * Once only the answers' tokens are asked for; once every position has its target, the prompt's with weights of 0, as clients of a wire
     * send them.
     */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void twentyStepsBySequencesAreThoseOfDpo(boolean whole) {
        List<Double> theirs = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        Path train = DEMO.resolve("train.jsonl");
        try (LanguageModel model = Align4j.model(DEMO.resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open()) {
            try (TrainedPolicy trained = Dpo.with(new Sigmoid(BETA))
                    .learningRate(ADAM.learningRate())
                    .batchSize(BATCH)
                    .maxSteps(STEPS)
                    .option("shuffle", false)
                    .option("schedule", "constant")
                    .option("report", false)
                    .train(
                            model,
                            Preferences.read(train),
                            folder.resolve("run"),
                            step -> theirs.add(step.figures().loss()))) {
                trained.saveAdapter(folder.resolve("theirs"));
            }
            List<PairTokens> pairs = model.encode(Preferences.read(train));
            try (AdaptedModel policy = model.adapt(LoraSettings.usual())) {
                for (int step = 0; step < STEPS; step++) {
                    ours.add(step(policy, pairs.subList(step * BATCH, (step + 1) * BATCH), whole));
                }
                policy.saveAdapter(folder.resolve("ours"));
            }
        }
        assertThat(ours).isEqualTo(theirs).hasSize(STEPS);
        assertThat(ours.get(STEPS - 1)).isLessThan(ours.get(0) - 0.1);
        assertThat(folder.resolve("ours/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("theirs/adapter_model.safetensors"));
    }

    private static double step(AdaptedModel policy, List<PairTokens> batch, boolean whole) {
        List<TokenSequence> sequences = batch.stream()
                .flatMap(pair -> Stream.of(
                        TokenSequence.ofAnswer(pair.prompt(), pair.chosen()),
                        TokenSequence.ofAnswer(pair.prompt(), pair.rejected())))
                .toList();
        double[][][] reference = policy.referenceOfSequences(sequences).logProbs();
        double[][][] own = policy.scoreSequences(sequences).logProbs();
        BatchLoss judged = PreferenceObjective.of(new Sigmoid(BETA))
                .evaluate(
                        new BatchScores(IntStream.range(0, batch.size())
                                .mapToObj(row -> RowScores.of(pair(own, row), pair(reference, row)))
                                .toList()),
                        totals(batch),
                        LossState.initial(0));
        List<TokenDatum<Weights>> data = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            for (int answer = 0; answer < 2; answer++) {
                TokenSequence sequence = sequences.get(2 * row + answer);
                Weights weights = new Weights(
                        opposite(sequence, judged.gradients().get(row).answers()[answer]));
                data.add(whole ? whole(sequence, weights) : new TokenDatum<>(sequence, weights));
            }
        }
        policy.forwardBackward(data, new CrossEntropy());
        policy.step(ADAM);
        return judged.loss();
    }

    private static TokenDatum<Weights> whole(TokenSequence sequence, Weights weights) {
        int[] input = sequence.input();
        int[][] targets = sequence.targets().clone();
        double[][] all = weights.weights().clone();
        for (int t = 0; t < targets.length; t++) {
            if (targets[t].length == 0) {
                targets[t] = new int[] {input[t + 1]};
                all[t] = new double[1];
            }
        }
        return new TokenDatum<>(new TokenSequence(input, targets), new Weights(all));
    }

    private static BatchTotals totals(List<PairTokens> batch) {
        return new BatchTotals(
                batch.size(),
                batch.stream().mapToLong(pair -> pair.chosen().length).sum(),
                0,
                0);
    }

    /** {@code [answers][tokens]} of a pair, without the positions that have no target. */
    private static double[][] pair(double[][][] logProbs, int row) {
        return Stream.of(logProbs[2 * row], logProbs[2 * row + 1])
                .map(positions ->
                        Arrays.stream(positions).flatMapToDouble(Arrays::stream).toArray())
                .toArray(double[][]::new);
    }

    private static double[][] opposite(TokenSequence sequence, double[] derivatives) {
        int[][] targets = sequence.targets();
        double[][] weights = new double[targets.length][0];
        int first = targets.length - derivatives.length;
        for (int t = first; t < targets.length; t++) {
            weights[t] = new double[] {-derivatives[t - first]};
        }
        return weights;
    }
}
