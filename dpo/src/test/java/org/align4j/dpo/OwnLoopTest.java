package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
import org.align4j.core.data.PairTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.loop.ForwardPass;
import org.align4j.core.loop.LogProbs;
import org.align4j.core.loop.LoraSettings;
import org.align4j.core.text.Message;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.BatchScores.BatchTotals;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceObjective;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss.RowGradients;
import org.align4j.dpo.loss.paired.Sigmoid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program's own loop over {@link AdaptedModel} takes the steps that {@link Dpo} takes. */
class OwnLoopTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");
    private static final int STEPS = 4;

    @TempDir
    Path folder;

    private LanguageModel model;
    private List<PairTokens> pairs;

    @BeforeEach
    void open() {
        model = Align4j.model(DEMO.resolve("model"))
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open();
        pairs = model.encode(Preferences.read(DEMO.resolve("heldout.jsonl")));
    }

    @AfterEach
    void close() {
        model.close();
    }

    /** Batches of 8 are one forward, of 32 two and more. */
    @Tag("long")
    @Test
    void theOwnLoopHasTheLossesOfDpoToTheLastBit() {
        for (int batch : new int[] {8, 32}) {
            List<Double> theirs = new ArrayList<>();
            Dpo.with(new Sigmoid(0.5))
                    .learningRate(1e-3)
                    .batchSize(batch)
                    .maxSteps(STEPS)
                    .option("shuffle", false)
                    .option("schedule", "constant")
                    .option("report", false)
                    .train(
                            model,
                            Preferences.read(DEMO.resolve("heldout.jsonl")),
                            folder.resolve("run" + batch),
                            step -> theirs.add(step.figures().loss()))
                    .close();
            List<Double> ours = new ArrayList<>();
            try (AdaptedModel policy = model.adapt(LoraSettings.usual())) {
                for (int step = 0; step < STEPS; step++) {
                    ours.add(step(policy, pairs.subList(step * batch, (step + 1) * batch)));
                }
                assertThat(policy.steps()).isEqualTo(STEPS);
            }
            assertThat(ours).isEqualTo(theirs);
            assertThat(ours.get(STEPS - 1)).isLessThan(ours.get(0) - 0.01);
        }
    }

    private static double step(AdaptedModel policy, List<PairTokens> batch) {
        PreferenceObjective objective = PreferenceObjective.of(new Sigmoid(0.5));
        BatchTotals totals = new BatchTotals(
                batch.size(),
                batch.stream().mapToLong(pair -> pair.chosen().length).sum(),
                0,
                0);
        double loss = 0;
        for (List<PairTokens> part : policy.split(batch)) {
            LogProbs reference = policy.reference(part);
            try (ForwardPass pass = policy.forward(part)) {
                LogProbs own = pass.logProbs();
                BatchLoss judged = objective.evaluate(
                        new BatchScores(IntStream.range(0, part.size())
                                .mapToObj(row -> RowScores.of(own.row(row), reference.row(row)))
                                .toList()),
                        totals,
                        LossState.initial(0));
                loss += judged.loss();
                pass.backward(
                        judged.gradients().stream().map(RowGradients::answers).toArray(double[][][]::new));
            }
        }
        policy.step(1e-3);
        return loss;
    }

    /**
     * Policy and reference begin as one, so that a step of rate 0 changes nothing and one of a rate above 0 changes the policy alone.
     * Rank 4 over four layers of 128 wide (q, o 256; k, v 192; three of 512) is 4 · 4 · 2,432 weights.
     */
    @Test
    void aStepMovesThePolicyAndNotTheReference() {
        List<PairTokens> some = pairs.subList(0, 3);
        try (AdaptedModel policy = model.adapt(LoraSettings.usual().withRank(4).withSeed(1))) {
            LogProbs reference = policy.reference(some);
            assertThat(policy.score(some).tokens()).isDeepEqualTo(reference.tokens());
            assertThat(reference.row(0)[0])
                    .containsExactly(model.logProbs(
                            List.of(Message.of("user", "We were talking about it. What does an owl say? Do you know?")),
                            "The sound of an owl is hoo. I am here for you with pleasure."));
            likelier(policy, some);
            assertThat(policy.gradientNorm()).isPositive();
            policy.step(0);
            assertThat(policy.gradientNorm()).isZero();
            assertThat(policy.score(some).tokens()).isDeepEqualTo(reference.tokens());
            likelier(policy, some);
            policy.step(1e-3);
            assertThat(policy.score(some).sum(0, 0)).isGreaterThan(reference.sum(0, 0) + 0.1);
            assertThat(policy.reference(some).tokens()).isDeepEqualTo(reference.tokens());
            assertThat(policy.answer("What is a nail made of?")).isNotBlank();
            assertThat(policy).hasToString(model.name() + " with an adapter of 38,912 weights after 2 steps");
            assertThatThrownBy(model::close).hasMessageContaining("in use by 1");
        }
    }

    /**
     * A saved adapter opens as the policy that was saved, to the last bit. A loop that goes on from it begins there, and has it as its
     * reference.
     */
    @Test
    void aSavedAdapterIsOpenedAndGoneOnFrom() {
        List<PairTokens> some = pairs.subList(0, 3);
        List<Message> asked = List.of(Message.of("user", "What is a nail made of?"));
        Path saved = folder.resolve("made/adapter");
        double[] likely;
        LogProbs scores;
        try (AdaptedModel policy = model.adapt()) {
            likelier(policy, some);
            policy.step(1e-3);
            policy.saveAdapter(saved);
            likely = policy.logProbs(asked, "Iron.");
            scores = policy.score(some);
            assertThat(likely).isNotEqualTo(model.logProbs(asked, "Iron."));
            assertThatThrownBy(() -> policy.saveAdapter(saved))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(saved.toString());
        }
        assertThat(saved.resolve("README.md")).content().contains("trained with Align4J by a program's own loop");
        try (LanguageModel opened = Align4j.model(DEMO.resolve("model"))
                .adapter(saved.toString())
                .device("cpu")
                .dtype("fp32")
                .threads(1)
                .open()) {
            assertThat(opened.logProbs(asked, "Iron.")).containsExactly(likely);
            try (AdaptedModel further = opened.adapt()) {
                assertThat(further.reference(some).tokens()).isDeepEqualTo(scores.tokens());
                likelier(further, some);
                further.step(1e-3);
                assertThat(further.score(some).sum(0, 0)).isGreaterThan(scores.sum(0, 0));
                assertThat(further.reference(some).tokens()).isDeepEqualTo(scores.tokens());
            }
            assertThatThrownBy(() -> opened.adapt(LoraSettings.usual()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll(saved.toString(), "adapt()", "align merge");
        }
    }

    /** Side by side or alone: the likeliest answers are the same; of drawn ones there are as many as samples were asked for. */
    @Test
    void manyPromptsAreAnsweredSideBySide() {
        List<List<Message>> prompts = Stream.of("What is a nail made of?", "Where is the kite?", "Who are you?")
                .map(question -> List.of(Message.of("user", question)))
                .toList();
        GenerationSettings likeliest = GenerationSettings.greedy(24);
        assertThat(model.answers(prompts, likeliest))
                .containsExactlyElementsOf(prompts.stream()
                        .map(prompt -> model.answer(prompt, likeliest))
                        .toList());
        GenerationSettings drawn = new GenerationSettings(24, new Sampling(1, 0, 1), 2, 5, List.of(), false);
        List<String> six = model.answers(prompts, drawn);
        assertThat(six).hasSize(6);
        assertThat(model.answers(prompts.subList(0, 1), drawn)).isEqualTo(six.subList(0, 2));
    }

    private static void likelier(AdaptedModel policy, List<PairTokens> some) {
        try (ForwardPass pass = policy.forward(some)) {
            double[][] derivatives = new double[some.size()][2];
            Arrays.stream(derivatives).forEach(row -> row[0] = -1);
            pass.backward(derivatives);
        }
    }

    @Test
    void mistakesAreTold() {
        try (AdaptedModel policy = model.adapt(LoraSettings.usual());
                ForwardPass pass = policy.forward(pairs.subList(0, 2))) {
            assertThatThrownBy(() -> pass.backward(new double[1][2]))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("1 rows but this forward has 2");
            assertThatThrownBy(() -> policy.step(-1)).hasMessageContaining("learning rate is -1");
            assertThatThrownBy(() -> policy.score(List.of())).hasMessageContaining("no row");
        }
        assertThatThrownBy(() -> LoraSettings.usual().withRank(0)).hasMessageContaining("rank is 0");
    }

    /** Log 0.5 twice is one answer of −1.386 nats. */
    @Test
    void logProbsSumAndAverage() {
        LogProbs logProbs = new LogProbs(new double[][][] {{{Math.log(0.5), Math.log(0.5)}, {-3}}});
        assertThat(logProbs.sum(0, 0)).isCloseTo(-1.386294, within(1e-6));
        assertThat(logProbs.mean(0, 0)).isCloseTo(-0.693147, within(1e-6));
        assertThat(logProbs).hasToString("row 0: -1.3863 nats in 2 tokens · -3.0000 nats in 1 tokens");
    }
}
