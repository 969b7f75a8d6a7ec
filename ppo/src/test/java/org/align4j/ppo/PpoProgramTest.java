package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.align4j.core.Align4j;
import org.align4j.core.Cancellation;
import org.align4j.core.FigureValues;
import org.align4j.core.LanguageModel;
import org.align4j.core.Prompts;
import org.align4j.core.TrainedPolicy;
import org.align4j.core.TrainingListener;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.stop.StoppedException;
import org.align4j.ppo.rollout.TracedStep.RolloutTrace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PPO from a Java program, whose reward is a function: the same runs as with a class from the command line, and resumed from Java alone. */
class PpoProgramTest {
    @TempDir
    Path folder;

    private PpoRuns runs;
    private LanguageModel base;

    @BeforeEach
    void open() throws IOException {
        runs = new PpoRuns(folder);
        base = Align4j.model(runs.model()).device("cpu").dtype("fp32").open();
    }

    @AfterEach
    void close() {
        base.close();
    }

    /** The settings of {@link PpoRuns#words}. */
    private static Ppo settings(RewardFunction reward) {
        return Ppo.with(reward)
                .learningRate(5e-3)
                .rolloutsPerStep(8)
                .maxNewTokens(6)
                .maxSteps(3)
                .option("lora-rank", 4)
                .option("schedule", "constant")
                .option("samples", 0)
                .option("report", false);
    }

    private Prompts prompts() {
        return Prompts.read(runs.prompts());
    }

    @Test
    void aFunctionTrainsLikeTheClassOfTheCommandLine() throws IOException {
        AlignRuns.align(runs.words("command", "--max-steps", "3"));
        Vowels vowels = new Vowels();
        Ppo asked = Ppo.scoring(answer -> vowels.share(String.valueOf(answer.text())))
                .learningRate(5e-3)
                .rolloutsPerStep(8)
                .maxNewTokens(6)
                .maxSteps(3)
                .option("lora-rank", 4)
                .option("schedule", "constant")
                .option("samples", 0);
        try (TrainedPolicy policy = asked.train(base, prompts(), runs.at("program"))) {
            FigureValues held = policy.evaluate(prompts());
            assertThat(held.get("objective/scores")).isBetween(0.0, 1.0);
        }
        assertSameButForTheName("program", "command");
    }

    @Tag("long")
    @Test
    void aCancelledRunIsResumedWithTheFunctionGivenAgain() throws IOException {
        settings(new Vowels()).train(base, prompts(), runs.at("whole")).close();
        Cancellation cancellation = new Cancellation();
        Path run = runs.at("cancelled");
        assertThatThrownBy(() -> settings(new Vowels())
                        .cancelledBy(cancellation)
                        .train(base, prompts(), run, step -> cancellation.cancel()))
                .isInstanceOf(StoppedException.class);
        assertThat(AlignRuns.json(run.resolve("result.json")).get("step").asInt())
                .isEqualTo(1);
        assertThat(AlignRuns.ends(2, List.of("resume", run.toString())))
                .contains("reward is java, a function of a Java program", "Ppo.resume(run, reward)");
        Ppo.resume(run, new Vowels()).close();
        AlignRuns.assertSame(run, runs.at("whole"));
    }

    /** Twelve prompts make steps of 8 and 4 answers. Rewards and advantages are written out here: γ is 1, λ 0.9, a nat costs 0.05. */
    @Test
    void rolloutsAreTakenApart() throws IOException {
        List<RolloutTrace> seen = new ArrayList<>();
        Ppo asked = settings(new Vowels()).maxSteps(2).option("gae-lambda", 0.9).option("kl-coefficient", 0.05);
        asked.tracedBy(step -> {
                    assertThat(step.klCoefficient()).isEqualTo(0.05);
                    assertThat(step.rollouts()).hasSize(seen.isEmpty() ? 8 : 4);
                    seen.clear();
                    seen.addAll(step.rollouts());
                })
                .train(base, prompts(), runs.at("traced"))
                .close();
        List<double[]> whitened = new ArrayList<>();
        for (RolloutTrace trace : seen) {
            RolloutTrace.CriticCredit credit = Objects.requireNonNull(trace.credit());
            int tokens = trace.answer().ids().length;
            double next = 0;
            for (int t = tokens - 1; t >= 0; t--) {
                double reward = -0.05 * (trace.logProbs()[t] - trace.referenceLogProbs()[t])
                        + (t == tokens - 1 ? trace.score() : 0);
                next = reward + (t == tokens - 1 ? 0 : credit.values()[t + 1]) - credit.values()[t] + 0.9 * next;
                assertThat(credit.rewards()[t]).isCloseTo(reward, within(1e-12));
                assertThat(credit.returns()[t]).isCloseTo(next + credit.values()[t], within(1e-12));
            }
            assertThat(trace.score())
                    .isEqualTo(new Vowels().share(String.valueOf(trace.answer().text())));
            whitened.add(trace.advantages());
        }
        double[] all = whitened.stream().flatMapToDouble(Arrays::stream).toArray();
        assertThat(Arrays.stream(all).average().orElseThrow()).isCloseTo(0, within(1e-9));
        assertThat(Arrays.stream(all).map(a -> a * a).sum() / (all.length - 1)).isCloseTo(1, within(1e-3));
        asked.train(base, prompts(), runs.at("untraced")).close();
        AlignRuns.assertSame(runs.at("traced"), runs.at("untraced"));
    }

    @Test
    void whatTheListenerOfRolloutsThrowsEndsTheRunBeforeItsStep() throws IOException {
        Ppo asked = settings(new Vowels()).option("algorithm", "grpo");
        int[] steps = {0};
        assertThatThrownBy(() -> asked.tracedBy(step -> {
                            assertThat(step.rollouts())
                                    .allSatisfy(
                                            trace -> assertThat(trace.credit()).isNull());
                            if (++steps[0] == 2) {
                                throw new IllegalStateException("seen enough");
                            }
                        })
                        .train(base, prompts(), runs.at("thrown")))
                .hasStackTraceContaining("seen enough");
        assertThat(AlignRuns.json(runs.at("thrown").resolve("result.json"))
                        .get("step")
                        .asInt())
                .isEqualTo(1);
    }

    /** What a program opens, it closes. */
    @Test
    void theFunctionStaysOpen() {
        Closing reward = new Closing();
        settings(reward).maxSteps(1).train(base, prompts(), runs.at("open")).close();
        assertThat(reward.asked).isPositive();
        assertThat(reward.closed).isFalse();
    }

    @Test
    void whatIsWrongIsRefused() {
        assertThatThrownBy(
                        () -> settings(new Vowels()).option("reward", "length").train(base, prompts(), runs.at("two")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("reward is length but the program gives a function");
        assertThat(runs.at("two")).doesNotExist();
        RewardFunction broken = answers -> {
            throw new IllegalArgumentException("no idea");
        };
        assertThatThrownBy(() -> settings(broken).train(base, prompts(), runs.at("broken")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("failed: no idea");
        assertThatThrownBy(() -> Ppo.resume(runs.at("nowhere"), new Vowels(), null, TrainingListener.NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is no run directory");
    }

    /** A run's name stands for its model with the adapter: training starts from both, and is held to both. */
    @Test
    void aRunIsWhereTheNextOneStarts() throws IOException {
        AlignRuns.align(runs.words("first", "--max-steps", "2"));
        AlignRuns.align(runs.words(
                "second", "--max-steps", "2", "--model", runs.at("first").toString()));
        try (LanguageModel first =
                Align4j.model(runs.at("first")).device("cpu").dtype("fp32").open()) {
            settings(new Vowels())
                    .maxSteps(2)
                    .train(first, prompts(), runs.at("program"))
                    .close();
        }
        assertSameButForTheName("program", "second");
    }

    /** A function of a program is called java in the figures, a class by its name. */
    private void assertSameButForTheName(String program, String command) throws IOException {
        assertThat(AlignRuns.metrics(runs.at(program)).toString().replace("/java/", "/Vowels/"))
                .isEqualTo(AlignRuns.metrics(runs.at(command)).toString());
        assertThat(AlignRuns.product(runs.at(program)).path())
                .hasSameBinaryContentAs(AlignRuns.product(runs.at(command)).path());
    }

    private static final class Closing implements RewardFunction {
        private int asked;
        private boolean closed;

        @Override
        public double[] scores(List<Completion> responses) {
            asked++;
            return new double[responses.size()];
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
